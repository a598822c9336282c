import type { UpstreamFailure } from '../failure'
import type { Call, Guard } from '../upstream-call'
import { circuitBreaker, CircuitBreaker, unavailable, type CircuitState } from './circuit-breaker'
import { deadline, retry, type RetryOptions, RetryBudget } from './retry'
import { openEnvelope, type EnvelopeOptions } from './envelope'
import { hedge, type HedgeOptions } from './hedge'
import { createRateLimiter, rateLimit, type RateLimiter, type RateLimiterOptions } from './rate-limiter'
import { send, type SendOptions } from './send'
import { sign, type SignOptions } from './signer'

/** One product in one account and region. */
export interface StackOptions
  extends
    EnvelopeOptions,
    HedgeOptions,
    RateLimiterOptions,
    Omit<RetryOptions, 'mayRetry' | 'onRetry'>,
    SendOptions,
    SignOptions {
  readonly sleep: RetryOptions['sleep']
  /** Null where no traces are made. */
  readonly trace: Guard | null
  /** @param limiter knows how long a call will still be queued */
  readonly coalesce: (limiter: RateLimiter) => Guard
  readonly log?: { warn(facts: Readonly<Record<string, unknown>>, message: string): void }
  /** Called before a request is sent again. */
  readonly onRetry?: (failure: UpstreamFailure) => void
  readonly onBreaker?: (state: CircuitState) => void
  /** Called with the part of the retry budget that is left, from 0 to 1. */
  readonly onRetryBudget?: (left: number) => void
}

/** trace → coalesce and cache → deadline → retry → hedge → circuit breaker → rate limit → sign → send → open the envelope */
export function createUpstreamStack(options: StackOptions): Call {
  const limiter = createRateLimiter(options)
  const breaker = new CircuitBreaker({ ...options, onChange: reportBreaker(options, limiter) })
  const budget = new RetryBudget(options.onRetryBudget)
  const mayRetry = (): boolean => breaker.state === 'closed'
  const guards: readonly Guard[] = [
    ...(options.trace === null ? [] : [options.trace]),
    options.coalesce(limiter),
    deadline(options),
    retry({ ...options, mayRetry, onRetry: reportRetry(options) }, budget),
    hedge(options, budget),
    circuitBreaker(breaker, options),
    rateLimit(limiter, options),
    sign(options),
  ]
  return guards.reduceRight<Call>((next, guard) => guard(next), openEnvelope(send(options), options))
}

/** An open breaker also refuses the calls that wait in the queue. */
function reportBreaker({ service, region, log, onBreaker }: StackOptions, limiter: RateLimiter) {
  return (state: CircuitState, before: CircuitState): void => {
    // A trial call every second that fails is no news.
    if (before === 'closed' || state === 'closed')
      log?.warn(
        { event: 'circuit_breaker.state_changed', service, region, state },
        'circuit breaker changed state',
      )
    onBreaker?.(state)
    if (state === 'open') limiter.refuseAll(() => unavailable(service))
  }
}

function reportRetry({ service, region, log, onRetry }: StackOptions): RetryOptions['onRetry'] {
  return (failure, delayMs) => {
    const { code, upstreamCode, requestId } = failure
    log?.warn(
      { event: 'upstream.retry', service, region, code, upstreamCode, requestId, delayMs },
      'retrying an upstream call',
    )
    onRetry?.(failure)
  }
}
