import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Session } from '../auth/authenticate'
import type { GraphContext } from '../graphql/context'
import type { Repeatable } from '../graphql/repeatable'
import type { UpstreamMeter } from '../scope'
import { questionKey } from './question-key'

/** A whole answer, and what is told of whoever is given it again. */
export interface KeptAnswer extends Repeatable {
  /** As it reads for whoever is given it again, for whom no upstream was asked. */
  readonly text: string
  readonly contentType: string
}

/** Said of a question whose answers are not kept. */
export interface NotKept {
  readonly isNotKept: true
}

export interface RepeatOptions {
  readonly store: {
    get(key: string): KeptAnswer | NotKept | null
    set(key: string, answer: KeptAnswer | NotKept, keepMs: number, bytes: number): void
  }
  /** Unix milliseconds. */
  readonly now: () => number
  /** Takes the price of an answer; false where the caller cannot pay it. */
  readonly readmit: (cost: number, context: GraphContext) => Promise<boolean>
  /** Told of every request that is answered so. */
  readonly report: (answer: KeptAnswer, durationMs: number, context: GraphContext) => void
}

/** What the route knows of a request. */
export interface RequestParts {
  readonly sessionOf: (request: FastifyRequest) => Session
  /** One for each request, made when it is first asked for. */
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => GraphContext
}

const NOT_KEPT: NotKept = { isNotKept: true }
const NOT_KEPT_MS = 5000
const LONGEST_ANSWER = 256 * 1024
const BYTES_PER_CHARACTER = 2

/**
 * Answers equal questions of one caller, which overlap or follow each other while the answer is young, by one answer.
 * Each has its own request id, log line, trace and price; what cannot be kept runs as if this was not there.
 */
export function repeating(
  run: RouteHandlerMethod,
  { sessionOf, contextOf }: RequestParts,
  { store, now, readmit, report }: RepeatOptions,
): RouteHandlerMethod {
  const open = new Map<string, Promise<KeptAnswer | null>>()

  const give = async (kept: KeptAnswer, request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const startedMs = now()
    const context = contextOf(request, reply)
    if (kept.untilMs <= startedMs || !(await readmit(kept.cost, context))) return false
    context.scope.meter.cacheHits = kept.reads
    for (const id of kept.requestIds) context.scope.requestIds?.add(id)
    report(kept, now() - startedMs, context)
    void reply.headers({ 'cache-control': 'no-store', 'content-type': kept.contentType })
    return true
  }

  const keep = (key: string, answer: KeptAnswer | null): KeptAnswer | null => {
    const keepMs = answer === null ? NOT_KEPT_MS : answer.untilMs - now()
    const bytes = (key.length + (answer?.text.length ?? 0)) * BYTES_PER_CHARACTER
    if (keepMs > 0) store.set(key, answer ?? NOT_KEPT, keepMs, bytes)
    return answer
  }

  return async function (request, reply) {
    const answer = () => Promise.resolve(run.call(this, request, reply))
    const key = questionKey(request, sessionOf(request))
    const known = key === null ? NOT_KEPT : store.get(key)
    if (key === null || (known !== null && 'isNotKept' in known)) return answer()
    const under = known === null ? open.get(key) : undefined
    const kept = known ?? (await under) ?? null
    if (kept !== null && (await give(kept, request, reply))) return kept.text
    if (under !== undefined) return answer()
    const answered = answer()
    const landing = answered.then(
      (body) => keep(key, reply.statusCode === 200 ? toKept(body, reply, contextOf(request, reply)) : null),
      () => null,
    )
    open.set(key, landing)
    await landing
    if (open.get(key) === landing) open.delete(key)
    return answered
  }
}

/** Null for a good answer that is not to be given again. */
function toKept(body: unknown, reply: FastifyReply, { note, scope }: GraphContext): KeptAnswer | null {
  const { repeatable } = note
  if (typeof body !== 'string' || repeatable === null) return null
  const end = endOf(scope.meter)
  if (!body.endsWith(end) || body.length > LONGEST_ANSWER) return null
  const again = endOf({ calls: 0, cacheHits: repeatable.reads, shared: 0, queuedMs: 0 })
  const contentType = String(reply.getHeader('content-type'))
  return { ...repeatable, text: body.slice(0, -end.length) + again, contentType }
}

/** How an answer ends that has cost the upstreams so much. */
function endOf(upstream: UpstreamMeter): string {
  return `,${JSON.stringify({ extensions: { upstream } }).slice(1)}\n`
}
