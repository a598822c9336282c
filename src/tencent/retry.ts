import type { CallContext } from '../call-context'
import { NO_COST, type CallCost } from '../call-cost'
import { UpstreamFailure, type RetryKind } from '../failure'
import type { Guard } from '../upstream-call'
import { abortError } from './transport-errors'

/** Refuses a call whose request has ended: its deadline has passed, or nobody waits for it any more. */
export function deadline({
  service,
  clock,
}: {
  readonly service: string
  readonly clock: { now(): number }
}): Guard {
  return (next) => (request, context) => {
    if (context.signal.aborted) return Promise.reject(abortError(service, context.signal))
    if (context.deadlineMs !== undefined && context.deadlineMs < clock.now())
      return Promise.reject(outOfTime(service))
    return next(request, context)
  }
}

/** The signal has not aborted yet. */
function outOfTime(service: string): UpstreamFailure {
  const message = `the request's deadline passed before ${service} could be asked`
  return new UpstreamFailure('UPSTREAM_TIMEOUT', message, { retryable: true })
}

/** What the pauses are made of; clock, chance and time come from outside. */
export interface RetryOptions {
  readonly service: string
  readonly clock: { now(): number }
  /** 0 up to, not including, 1. */
  readonly random: () => number
  /** Resolves after the delay or when the signal aborts; never rejects. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>
  /** False while the circuit breaker is open. */
  readonly mayRetry: () => boolean
  /** Called before every pause. */
  readonly onRetry: (failure: UpstreamFailure, delayMs: number) => void
}

const MAX_ATTEMPTS = 3
const BASE_DELAY_MS = 100
const MAX_DELAY_MS = 1000
const QUOTA_WINDOW_MS = 1000

/** Sends a request again until there is an answer, a failure that must not be retried, or no time or budget left. */
export function retry(options: RetryOptions, budget: RetryBudget): Guard {
  const { service, random, mayRetry, onRetry, sleep } = options
  return (next) => async (request, context) => {
    const kinds: RetryKind[] = []
    let before: CallCost = NO_COST
    let spent = 0
    for (;;) {
      try {
        const answer = await next(request, context)
        budget.earn(spent)
        return before === NO_COST ? answer : { ...answer, cost: withAttempts(answer.cost, before) }
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error
        const failure = before === NO_COST ? error : error.with({ cost: withAttempts(error.cost, before) })
        kinds.push(failure.retry)
        const delayMs = mayRetry() ? decide(kinds, leftMs(context, options), random) : null
        const price = delayMs === null ? null : priceOf(failure, budget)
        if (delayMs === null || price === null) throw failure
        spent = price
        before = failure.cost
        onRetry(failure, delayMs)
        if (delayMs > 0 && !context.signal.aborted) await sleep(delayMs, context.signal)
        if (context.signal.aborted) throw abortError(service, context.signal).with({ cost: before })
      }
    }
  }
}

/** Of earlier attempts only the effort counts: they brought no answer. */
function withAttempts(cost: CallCost, { calls, queuedMs }: CallCost): CallCost {
  return { ...cost, calls: cost.calls + calls, queuedMs: cost.queuedMs + queuedMs }
}

/** A corrected request is free; null where the budget does not allow another attempt. */
function priceOf({ code, retry }: UpstreamFailure, budget: RetryBudget): number | null {
  if (isOnceOnly(retry)) return 0
  return budget.spend(code === 'UPSTREAM_TIMEOUT' ? 'timeout' : 'other')
}

/** How long to wait before the next attempt; null if there must be none. */
export function decide(failed: readonly RetryKind[], leftMs: number, random: () => number): number | null {
  const kind = failed.at(-1) ?? 'never'
  if (kind === 'never' || failed.length >= MAX_ATTEMPTS) return null
  if (isOnceOnly(kind) && failed.indexOf(kind) < failed.length - 1) return null
  const delayMs = pauseMs(kind, failed.length, random)
  return delayMs < leftMs ? delayMs : null
}

/** Full jitter: anywhere between nothing and the exponential limit, so that callers do not come back together. */
function pauseMs(kind: RetryKind, attempts: number, random: () => number): number {
  if (isOnceOnly(kind)) return 0
  const jitterMs = Math.floor(random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempts - 1)))
  return kind === 'next-window' ? QUOTA_WINDOW_MS + jitterMs : jitterMs
}

/** The cause is corrected at once; if that did not help, a second correction will not. */
function isOnceOnly(kind: RetryKind): boolean {
  return kind === 'new-clock' || kind === 'new-credential'
}

function leftMs({ signal, deadlineMs }: CallContext, { clock }: RetryOptions): number {
  if (signal.aborted) return 0
  return deadlineMs === undefined ? Infinity : deadlineMs - clock.now()
}

/** The figures of the AWS SDKs' standard mode. */
const CAPACITY = 500
const COSTS = { timeout: 10, other: 5 } as const
const FIRST_TRY_EARNS = 1

/** What retries of one source may spend, so that an outage is not answered with more calls. */
export class RetryBudget {
  private left = CAPACITY

  /** @param onChange called with the part that is left, from 0 to 1 */
  constructor(private readonly onChange?: (left: number) => void) {
    onChange?.(1)
  }

  /** What a retry of this sort would cost was taken; null where too little is left. */
  spend(kind: 'timeout' | 'other'): number | null {
    const cost = COSTS[kind]
    if (cost > this.left) return null
    this.left -= cost
    this.onChange?.(this.left / CAPACITY)
    return cost
  }

  /** A call has succeeded, after a retry that cost this much (0: without one). */
  earn(spent: number): void {
    if (this.left === CAPACITY) return
    this.left = Math.min(CAPACITY, this.left + (spent === 0 ? FIRST_TRY_EARNS : spent))
    this.onChange?.(this.left / CAPACITY)
  }
}
