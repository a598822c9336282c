import { setMaxListeners } from 'node:events'
import type { UpstreamFailure } from '../failure'
import { createAttempt, type AttemptOptions } from './attempt'
import { createCircuitBreaker, unavailable, type CircuitBreaker, type CircuitState } from './circuit-breaker'
import type { TencentClient } from './client'
import { createExchange, type ExchangeOptions } from './exchange'
import { abortError } from './transport-errors'
import { stringifyJson } from './json'
import { createRateLimiter, type RateLimiter } from './rate-limiter'
import { withRetry } from './retry'
import { createRetryBudget } from './retry-budget'
import type { SlidingWindowLog } from './sliding-window-log'

export interface TencentClientOptions extends AttemptOptions, ExchangeOptions {
  /** The quota of this account, product and region. */
  readonly callsPerSecond: number
  /** Where calls are counted; in this process if absent. */
  readonly sendLog?: (size: number, windowMs: number) => SlidingWindowLog
  /** 0 up to, not including, 1. */
  readonly random: () => number
  /** Resolves after the delay or when the signal aborts; never rejects. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>
  readonly log?: { warn(facts: Readonly<Record<string, unknown>>, message: string): void }
  /** Told before a call is tried again. */
  readonly onRetry?: (failure: UpstreamFailure) => void
  readonly onBreaker?: (state: CircuitState) => void
  /** Told what part of the budget for retries is left, from 0 to 1. */
  readonly onRetryBudget?: (left: number) => void
  /** Told how many calls wait for quota, whenever that changes. */
  readonly onQueueLength?: (calls: number) => void
}

/** Retry(breaker → quota → sign → send → open the envelope), for one product in one account and region. */
export function createTencentClient(options: TencentClientOptions): TencentClient {
  const { service, region, log } = options
  const quota = createRateLimiter(options)
  const breaker = createGuard(options, quota)
  const budget = createRetryBudget(options.onRetryBudget)
  const attempt = createAttempt(options, { quota, breaker, budget }, createExchange(options))
  const retry = {
    ...options,
    budget,
    mayRetry: () => breaker.state === 'closed',
    onRetry(failure: UpstreamFailure, delayMs: number): void {
      const { code, upstreamCode, requestId } = failure
      log?.warn(
        { service, region, code, upstreamCode, requestId, delayMs },
        'an upstream call is tried again',
      )
      options.onRetry?.(failure)
    },
  }
  return {
    async call(action, parameters, scope) {
      if (scope.signal.aborted) throw abortError(service, scope.signal)
      // Many calls wait under one signal, which would be taken for a leak from the eleventh on.
      setMaxListeners(0, scope.signal)
      const body = stringifyJson(parameters)
      return withRetry(() => attempt({ action, body, scope }), scope, retry)
    },
  }
}

/** A breaker that sends home whoever waits for quota when it opens. */
function createGuard(
  { service, region, clock, log, onBreaker }: TencentClientOptions,
  quota: RateLimiter,
): CircuitBreaker {
  return createCircuitBreaker({
    service,
    clock,
    onChange(state, before) {
      // A trial call every second that fails is no news.
      if (before === 'closed' || state === 'closed')
        log?.warn({ service, region, state }, 'the breaker of an upstream')
      onBreaker?.(state)
      if (state === 'open') quota.refuseAll(() => unavailable(service))
    },
  })
}
