import type { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import type { RetryKind } from './classify'
import { abortError } from './transport-errors'
import type { RetryBudget } from './retry-budget'

/** How one attempt went. */
export type Outcome<T> = { readonly answer: T } | Failed

interface Failed {
  readonly failure: UpstreamFailure
  readonly retry: RetryKind
}

/** What the pauses are made of; clock, chance and time come from outside. */
export interface RetryOptions {
  readonly service: string
  readonly clock: { now(): number }
  /** 0 up to, not including, 1. */
  readonly random: () => number
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>
  readonly budget: RetryBudget
  /** False while the source is taken for down. */
  readonly mayRetry: () => boolean
  /** Told before every pause. */
  readonly onRetry: (failure: UpstreamFailure, delayMs: number) => void
}

const MAX_ATTEMPTS = 3
const BASE_DELAY_MS = 100
const MAX_DELAY_MS = 1000
const QUOTA_WINDOW_MS = 1000

/**
 * Attempts until there is an answer, or a failure that may not be tried again, or no time.
 * @throws UpstreamFailure the last attempt's
 */
export async function withRetry<T>(
  attempt: () => Promise<Outcome<T>>,
  scope: CallContext,
  options: RetryOptions,
): Promise<T> {
  const { budget, mayRetry, random } = options
  const failed: RetryKind[] = []
  let spent = 0
  for (;;) {
    const outcome = await attempt()
    if ('answer' in outcome) {
      budget.earn(spent)
      return outcome.answer
    }
    failed.push(outcome.retry)
    const delayMs = mayRetry() ? decide(failed, leftMs(scope, options), random) : null
    const cost = delayMs === null ? null : costOf(outcome, budget)
    if (delayMs === null || cost === null) throw outcome.failure
    spent = cost
    options.onRetry(outcome.failure, delayMs)
    await wait(delayMs, scope, options)
  }
}

/** What was put right is tried again for nothing; null where the budget does not allow another attempt. */
function costOf({ failure, retry }: Failed, budget: RetryBudget): number | null {
  if (onceOnly(retry)) return 0
  return budget.spend(failure.code === 'UPSTREAM_TIMEOUT' ? 'timeout' : 'other')
}

/** How long to wait before the next attempt; null if there is to be none. */
export function decide(failed: readonly RetryKind[], leftMs: number, random: () => number): number | null {
  const kind = failed.at(-1) ?? 'never'
  if (kind === 'never' || failed.length >= MAX_ATTEMPTS) return null
  if (onceOnly(kind) && failed.indexOf(kind) < failed.length - 1) return null
  const delayMs = pauseMs(kind, failed.length, random)
  return delayMs < leftMs ? delayMs : null
}

/** Full jitter: anywhere between nothing and the exponential limit, so that callers do not come back together. */
function pauseMs(kind: RetryKind, attempts: number, random: () => number): number {
  if (onceOnly(kind)) return 0
  const jitterMs = Math.floor(random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempts - 1)))
  return kind === 'next-window' ? QUOTA_WINDOW_MS + jitterMs : jitterMs
}

/** Their cause is put right at once; if that did not help, another time will not. */
function onceOnly(kind: RetryKind): boolean {
  return kind === 'new-clock' || kind === 'new-credential'
}

async function wait(delayMs: number, { signal }: CallContext, options: RetryOptions): Promise<void> {
  if (delayMs > 0 && !signal.aborted) await options.sleep(delayMs, signal)
  if (signal.aborted) throw abortError(options.service, signal)
}

function leftMs({ signal, deadlineMs }: CallContext, { clock }: RetryOptions): number {
  if (signal.aborted) return 0
  return deadlineMs === undefined ? Infinity : deadlineMs - clock.now()
}
