import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { GraphContext } from '../graphql/context'
import type { Repeatable } from '../graphql/repeatable'
import { NO_COST, upstreamCost, type UpstreamCost } from '../call-cost'
import { afterTimer } from '../time-limit'
import { sessionOf } from './authentication'
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
  /** How old an answer may be that is served. */
  readonly maxAgeMs: number
  /** Unix milliseconds. */
  readonly now: () => number
  /** Takes the price of an answer; false where the caller cannot pay it. */
  readonly readmit: (cost: number, context: GraphContext) => Promise<boolean>
  /** Told of every request that is answered so. */
  readonly report: (answer: KeptAnswer, durationMs: number, context: GraphContext) => void
}

/** One for each request, made when it is first asked for. */
export type ContextOf = (request: FastifyRequest, reply: FastifyReply) => GraphContext

/** An answer under way. Let go of when it has come, since a Map that has grown leaves a table behind that holds it. */
interface Lead {
  landing: Promise<KeptAnswer | null> | null
}

const NOT_KEPT: NotKept = { isNotKept: true }
const NOT_KEPT_MS = 5000
/** Whoever has waited so long for the answer to another asks by themselves, and finds the same calls under way. */
const LONGEST_WAIT_MS = 3000
const LONGEST_ANSWER = 256 * 1024
const BYTES_PER_CHARACTER = 2

/**
 * Answers equal questions of one caller, which overlap or follow each other while the answer is young, by one answer.
 * Each has its own request id, log line, trace and price; what cannot be kept runs as if this was not there.
 */
export function repeating(
  run: RouteHandlerMethod,
  contextOf: ContextOf,
  { store, maxAgeMs, now, readmit, report }: RepeatOptions,
): RouteHandlerMethod {
  const open = new Map<string, Lead>()

  /** Like a call under way, an answer under way may become old for whoever came while it was young. */
  const isFor = ({ untilMs }: KeptAnswer, arrivedMs: number): boolean =>
    // A clock that was set back must not keep an answer alive for as long.
    arrivedMs < untilMs && untilMs <= now() + maxAgeMs

  const give = (kept: KeptAnswer, arrivedMs: number, context: GraphContext, reply: FastifyReply): string => {
    context.cost.add({ ...NO_COST, cacheHits: kept.reads, requestIds: kept.requestIds })
    report(kept, now() - arrivedMs, context)
    void reply.headers({ 'cache-control': 'no-store', 'content-type': kept.contentType })
    return kept.text
  }

  const keep = (key: string, answer: KeptAnswer | NotKept): void => {
    const [keepMs, text] = isKept(answer) ? [answer.untilMs - now(), answer.text] : [NOT_KEPT_MS, '']
    if (keepMs > 0) store.set(key, answer, keepMs, (key.length + text.length) * BYTES_PER_CHARACTER)
  }

  const lead = (
    key: string,
    answered: Promise<unknown>,
    reply: FastifyReply,
    context: GraphContext,
  ): void => {
    const kept = answered.then(
      (body) => {
        const answer = toKept(body, reply, context)
        if (answer !== null) keep(key, answer)
        return answer !== null && isKept(answer) ? answer : null
      },
      () => null,
    )
    const landing = within(kept, LONGEST_WAIT_MS)
    const own: Lead = { landing }
    open.set(key, own)
    void landing.then(() => {
      open.delete(key)
      own.landing = null
    })
  }

  return async function (request, reply) {
    const arrivedMs = now()
    const answer = () => Promise.resolve(run.call(this, request, reply))
    const key = questionKey(request, sessionOf(request))
    const found = key === null ? NOT_KEPT : store.get(key)
    if (key === null || (found !== null && !isKept(found))) return answer()
    const known = found !== null && isFor(found, arrivedMs) ? found : null
    // Made now, so that its time passes, and the leaving of its client is noticed, while it waits.
    const context = contextOf(request, reply)
    const leader = known === null ? (open.get(key)?.landing ?? null) : null
    const kept = leader === null ? known : await leader
    if (kept !== null && isFor(kept, arrivedMs) && (await readmit(kept.cost, context)))
      return give(kept, arrivedMs, context, reply)
    const answered = answer()
    if (leader === null && known === null) lead(key, answered, reply, context)
    return answered
  }
}

function isKept(answer: KeptAnswer | NotKept): answer is KeptAnswer {
  return !('isNotKept' in answer)
}

/** What is to be kept of an answer; null of a failure, which says nothing of the next answer. */
function toKept(
  body: unknown,
  reply: FastifyReply,
  { note, cost }: GraphContext,
): KeptAnswer | NotKept | null {
  const { repeatable } = note
  if (typeof body !== 'string' || repeatable === null) return null
  const end = endOf(upstreamCost(cost))
  if (repeatable === 'never' || !body.endsWith(end) || body.length > LONGEST_ANSWER) return NOT_KEPT
  const again = endOf({ calls: 0, cacheHits: repeatable.reads, shared: 0, queuedMs: 0 })
  const contentType = String(reply.getHeader('content-type'))
  return { ...repeatable, text: body.slice(0, -end.length) + again, contentType }
}

/** How an answer ends that has cost the upstreams so much. */
function endOf(upstream: UpstreamCost): string {
  return `,${JSON.stringify({ extensions: { upstream } }).slice(1)}\n`
}

/** Null where the promise takes longer. */
function within<T>(promise: Promise<T>, limitMs: number): Promise<T | null> {
  return new Promise((resolve) => {
    const callOff = afterTimer(() => resolve(null), limitMs)
    void promise.then((value) => {
      callOff()
      resolve(value)
    })
  })
}
