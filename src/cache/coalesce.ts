import type { CallContext } from '../call-context'
import { NO_COST } from '../call-cost'
import type { Call, Guard, UpstreamAnswer, UpstreamRequest, UpstreamResponse } from '../upstream-call'
import { SharedCall, type AbortErrorOf } from './shared-call'
import { sizeOfJson } from './memory-store'
import { orAborted } from '../lib/or-aborted'

/** Where responses are kept. One store may serve every source, since a key names the source too. */
export interface ResponseStore {
  /**
   * Null where there is none. Never rejects: a store that cannot be reached has none.
   * @param notBeforeMs a response that was asked for earlier is of no use; it may be returned all the same
   */
  get(key: string, notBeforeMs: number): UpstreamResponse | null | Promise<UpstreamResponse | null>
  /**
   * Keeps the response for at most so long; never throws.
   * @param bytes about how much memory it takes
   */
  set(key: string, response: UpstreamResponse, keepMs: number, bytes: number): void
  /** The response that was missing last will not be set, so that nobody need wait for it; never throws. */
  giveUp?(key: string): void
}

export interface CoalescingOptions {
  /** Account, product and region: nothing is shared with a source of another name. */
  readonly name: string
  readonly store: ResponseStore
  /** How old a response may be that is served again; 0 keeps none. */
  readonly ttlMs: number
  /** False for a response that nothing can be read from, which is returned and not kept. */
  readonly isUsable: (response: UpstreamResponse) => boolean
  /** What is kept of a response, and reads as it does. */
  readonly toKept: (response: UpstreamResponse) => UpstreamResponse
  readonly abortErrorOf: AbortErrorOf
  /** Unix milliseconds. */
  readonly now: () => number
}

/**
 * Equal requests that overlap are one call, and a response is served again while it is young; its age counts from the
 * moment at which the request was sent. A failure goes to all who wait, and is not kept.
 */
export function coalesce(options: CoalescingOptions): Guard {
  return (next) => new CoalescingCache(next, options).call
}

class CoalescingCache {
  private readonly calls = new Map<string, SharedCall>()

  constructor(
    private readonly next: Call,
    private readonly options: CoalescingOptions,
  ) {}

  readonly call: Call = (request, context) => {
    const { name, store, ttlMs } = this.options
    const key = `${name} ${request.action} ${request.body}`
    const found = ttlMs > 0 ? store.get(key, context.notBeforeMs ?? -Infinity) : null
    return found instanceof Promise
      ? orAborted(found, context.signal).then((kept) => this.answer(key, kept, request, context))
      : this.answer(key, found, request, context)
  }

  private answer(
    key: string,
    kept: UpstreamResponse | null,
    request: UpstreamRequest,
    context: CallContext,
  ): Promise<UpstreamAnswer> {
    const { signal, notBeforeMs = -Infinity } = context
    const open = this.calls.get(key)
    const { now, abortErrorOf } = this.options
    if (signal.aborted) return Promise.reject(abortErrorOf(signal, null))
    if (kept !== null && this.isFresh(kept, notBeforeMs))
      return Promise.resolve({ response: kept, cost: costOfHit(kept) })
    if (open?.isOpen === true && open.startedMs >= notBeforeMs) return open.join(context)
    const call = new SharedCall(now(), abortErrorOf, context.payer)
    this.calls.set(key, call)
    const answer = call.join(context)
    this.next(request, call).then(
      (answered) => {
        this.end(key, call, this.keep(key, answered.response))
        call.resolve(answered)
      },
      (error: unknown) => {
        this.end(key, call, false)
        call.reject(error)
      },
    )
    return answer
  }

  private isFresh({ askedAtMs }: UpstreamResponse, notBeforeMs: number): boolean {
    const ageMs = this.options.now() - askedAtMs
    // A clock that was set back must not keep a response alive for as long.
    return ageMs >= 0 && ageMs < this.options.ttlMs && askedAtMs >= notBeforeMs
  }

  private end(key: string, call: SharedCall, isKept: boolean): void {
    const { store, ttlMs } = this.options
    if (!isKept && ttlMs > 0) store.giveUp?.(key)
    if (this.calls.get(key) === call) this.calls.delete(key)
  }

  /** False where the response is not kept. */
  private keep(key: string, response: UpstreamResponse): boolean {
    const { store, ttlMs, isUsable, toKept, now } = this.options
    const keepMs = response.askedAtMs + ttlMs - now()
    if (keepMs <= 0 || !isUsable(response)) return false
    store.set(key, toKept(response), keepMs, sizeOfJson(response.body.length))
    return true
  }
}

function costOfHit({ askedAtMs, requestId }: UpstreamResponse) {
  const requestIds = requestId === '' ? [] : [requestId]
  return { ...NO_COST, cacheHits: 1, answers: 1, oldestMs: askedAtMs, requestIds }
}
