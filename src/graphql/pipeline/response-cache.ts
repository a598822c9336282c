import type { FormattedExecutionResult } from 'graphql'
import { NO_COST } from '../../call-cost'
import { afterTimer } from '../../time-limit'
import type { CachedFacts, GraphContext } from '../context'
import type { Admission } from './admission'
import type { CacheOptions, ReportOperation } from './finish'
import type { Caller } from '../../tasks/caller'

/** A response for equal requests of one caller, and what is reported of each of them. */
export class CachedResponse {
  /** The whole response as JSON; no upstream was asked for it. */
  readonly text: string

  /** @param data serialized */
  constructor(
    readonly facts: CachedFacts,
    data: string,
  ) {
    const upstream = { calls: 0, cacheHits: facts.reads, shared: 0, queuedMs: 0 }
    this.text = `{"data":${data},"extensions":${JSON.stringify({ upstream })}}\n`
  }

  /** The response for a transport that serializes by itself. */
  parse(): FormattedExecutionResult {
    return JSON.parse(this.text) as FormattedExecutionResult
  }
}

/** Marks a request whose responses must not be kept. */
export interface Uncacheable {
  readonly isUncacheable: true
}

export interface ResponseCacheOptions extends CacheOptions {
  readonly store: {
    get(key: string): CachedResponse | Uncacheable | null
    set(key: string, response: CachedResponse | Uncacheable, keepMs: number, bytes: number): void
  }
  readonly admission: Pick<Admission, 'readmit'>
  readonly reportOperation: ReportOperation
}

/** The stage of the pipeline that answers without executing. */
export interface ResponseCache {
  /**
   * Returns the response of an equal request that is young enough, or under way; otherwise executes and keeps the response.
   * @param key null if the response must not be shared
   * @param isServable false while the transport cannot send a cached response to this client
   */
  respond<Response>(
    key: string | null,
    context: GraphContext,
    execute: () => Promise<Response>,
    isServable?: () => boolean,
  ): Promise<CachedResponse | Response>
}

/** A response under way. Cleared when it has arrived, since a Map that has grown keeps its old entries in memory. */
interface Pending {
  response: Promise<CachedResponse | null> | null
  /** The same for all who wait, and no longer than they may; null while nobody does. */
  awaited: Promise<CachedResponse | null> | null
}

const UNCACHEABLE: Uncacheable = { isUncacheable: true }
const UNCACHEABLE_MS = 5000
/** A request that has waited so long for the response of another executes by itself, and finds the same calls under way. */
const LONGEST_WAIT_MS = 3000
const LONGEST_RESPONSE = 256 * 1024
const BYTES_PER_CHARACTER = 2

/** Executes every request. */
export const NO_RESPONSE_CACHE: ResponseCache = { respond: (_key, _context, execute) => execute() }

/** Identical requests from one caller share one response. Each has its own request id, log line, trace and price. */
export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { store, maxAgeMs, now, admission, reportOperation } = options
  const pending = new Map<string, Pending>()

  /** A response that was under way may be too old for a request that came while it was young. */
  const isFresh = ({ facts: { untilMs } }: CachedResponse, arrivedMs: number): boolean =>
    // A clock that was set back must not keep a response alive for as long.
    arrivedMs < untilMs && untilMs <= now() + maxAgeMs

  const serve = (cached: CachedResponse, context: GraphContext): CachedResponse => {
    const { cost, cameMs } = context
    const { name, reads: cacheHits, requestIds } = cached.facts
    cost.add({ ...NO_COST, cacheHits, requestIds })
    const durationMs = now() - cameMs
    reportOperation({ kind: 'query', name, outcome: 'ok', codes: [], durationMs, events: null }, context)
    return cached
  }

  const keep = (key: string, { state }: GraphContext): CachedResponse | null => {
    const { cacheable } = state
    if (cacheable === null) return null
    // The context is older than its response, and must not keep it from being collected early.
    state.cacheable = null
    const data = cacheable === 'never' ? null : cacheable.serializeData()
    if (cacheable === 'never' || data === null || data.length > LONGEST_RESPONSE) {
      store.set(key, UNCACHEABLE, UNCACHEABLE_MS, key.length * BYTES_PER_CHARACTER)
      return null
    }
    const response = new CachedResponse(cacheable.facts, data)
    const keepMs = response.facts.untilMs - now()
    const characters = key.length + response.text.length
    if (keepMs > 0) store.set(key, response, keepMs, characters * BYTES_PER_CHARACTER)
    return response
  }

  const share = (key: string, executed: Promise<unknown>, context: GraphContext): void => {
    const kept = executed.then(
      () => keep(key, context),
      () => null,
    )
    const own: Pending = { response: kept, awaited: null }
    pending.set(key, own)
    void kept.then(() => remove(key, own))
  }

  const remove = (key: string, own: Pending): void => {
    if (pending.get(key) === own) pending.delete(key)
    own.response = null
    own.awaited = null
  }

  const leaderOf = (key: string): Promise<CachedResponse | null> | null => {
    const own = pending.get(key)
    if (!own?.response) return null
    own.awaited ??= within(own.response, LONGEST_WAIT_MS, () => remove(key, own))
    return own.awaited
  }

  return {
    async respond(key, context, execute, isServable = () => true) {
      const known = key === null ? UNCACHEABLE : store.get(key)
      if (key === null || (known !== null && !(known instanceof CachedResponse))) return execute()
      const { cameMs } = context
      const hit = known !== null && isFresh(known, cameMs) ? known : null
      const leader = hit === null ? leaderOf(key) : null
      const cached = leader === null ? hit : await leader
      if (cached !== null && isFresh(cached, cameMs) && isServable())
        if (admission.readmit(cached.facts.plannedCalls, context)) return serve(cached, context)
      const executed = execute()
      if (leader === null && hit === null) share(key, executed, context)
      return executed
    },
  }
}

/** Null if the promise takes longer. */
function within<T>(promise: Promise<T>, limitMs: number, giveUp: () => void): Promise<T | null> {
  return new Promise((resolve) => {
    const cancel = afterTimer(() => {
      giveUp()
      resolve(null)
    }, limitMs)
    void promise.then((value) => {
      cancel()
      resolve(value)
    })
  })
}

const LONGEST_KEY = 8 * 1024
/** Of objects and lists in each other; what clients send is far below. */
const DEEPEST_VALUE = 32

/** What may be a request of the GraphQL protocol. */
interface Body {
  readonly query?: unknown
  readonly operationName?: unknown
  readonly variables?: unknown
  readonly extensions?: unknown
}

/**
 * Text that is the same for equal requests of callers who may see the same, over either transport. Null if it would be
 * too long, or if only Apollo can say what is wrong with the request.
 */
export function responseCacheKey(body: unknown, caller: Caller, isRouter: boolean): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const { query, operationName, variables, extensions }: Body = body
  const isPlain =
    typeof query === 'string' &&
    (typeof operationName === 'string' || !isGiven(operationName)) &&
    (isPlainObject(variables) || !isGiven(variables)) &&
    (isPlainObject(extensions) || !isGiven(extensions))
  if (!isPlain || query.length > LONGEST_KEY || !isWritable(variables) || !isWritable(extensions)) return null
  const { name, accounts, regions, providers, details } = caller
  const sees = [name, listOf(accounts), listOf(regions), listOf(providers), details, isRouter]
  const key = JSON.stringify([sees, query, operationName ?? null, variables ?? null, extensions ?? null])
  return key.length > LONGEST_KEY ? null : key
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** False for what JSON reads and cannot write: 1e999 becomes null, and deep nesting overflows the stack. */
function isWritable(value: unknown, levels = DEEPEST_VALUE): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((part) => isWritable(part, levels - 1))
}

function listOf(names: ReadonlySet<string> | null): readonly string[] | null {
  return names && [...names].sort()
}
