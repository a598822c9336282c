import type { CallCost } from '../call-cost'
import { UpstreamFailure } from '../failure'
import { deferred } from '../lib/deferred'
import type { Guard, UpstreamAnswer } from '../upstream-call'
import type { RetryBudget } from './retry'

export interface HedgeOptions {
  readonly attemptTimeoutMs: number
  /** Called for every second call. */
  readonly onSecondCall?: () => void
}

/** If so many requests wait for one call, a second call is worth its price: it shows sooner whether the source answers. */
const MANY_CALLERS = 5
/** Of the attempt timeout. Over before the first attempt is, so that the circuit breaker has seen both by then. */
const SECOND_LASTS = 0.5

/**
 * Sends a second call beside a first one that is silent for long: the reason may be a lost connection, and if both are
 * silent, more than one call has shown that the source is.
 */
export function hedge({ attemptTimeoutMs, onSecondCall }: HedgeOptions, budget: RetryBudget): Guard {
  return (next) => (request, context) => {
    const { promise, resolve, reject } = deferred<UpstreamAnswer>()
    let calls = 0
    let queuedMs = 0
    const onSent = (waitedMs: number): void => {
      calls += 1
      queuedMs += waitedMs
    }
    const ofBoth = (cost: CallCost): CallCost => (calls > cost.calls ? { ...cost, calls, queuedMs } : cost)
    const onSlow = (): void => {
      if ((context.callers ?? 1) < MANY_CALLERS || budget.spend('timeout') === null) return
      onSecondCall?.()
      const second = { ...request, timeoutMs: attemptTimeoutMs * SECOND_LASTS, onSent }
      next(second, context).then(
        ({ response, cost }) => resolve({ response, cost: ofBoth(cost) }),
        () => undefined,
      )
    }
    next({ ...request, onSent, onSlow }, context).then(
      (answer) => resolve(calls > 1 ? { ...answer, cost: ofBoth(answer.cost) } : answer),
      (error: unknown) =>
        reject(
          error instanceof UpstreamFailure && calls > 1 ? error.with({ cost: ofBoth(error.cost) }) : error,
        ),
    )
    return promise
  }
}
