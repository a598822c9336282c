import { UpstreamFailure } from '../failure'
import type { CircuitBreaker, Seen } from './circuit-breaker'
import type { UpstreamAnswer } from './client'
import type { Credential, CredentialProvider } from './credentials'
import { AttemptTimeout } from './deadline'
import type { Exchange, Question } from './exchange'
import { abortError } from './transport-errors'
import { hedged } from './hedge'
import type { RateLimiter } from './rate-limiter'
import type { Outcome } from './retry'
import type { RetryBudget } from './retry-budget'

/** How one exchange over the wire went, for metrics; time spent in our own queue is not in it. */
export interface CallReport {
  readonly service: string
  readonly region: string | null
  readonly action: string
  readonly outcome: 'OK' | UpstreamFailure['code']
  readonly durationMs: number
}

export interface AttemptOptions {
  readonly service: string
  readonly region: string | null
  readonly credentials: CredentialProvider
  readonly attemptTimeoutMs: number
  readonly clock: { now(): number }
  /** Told of every exchange. */
  readonly onCall?: (report: CallReport) => void
  /** Told of every wait for quota, and of the calls a second that the quota lets out then. */
  readonly onQuota?: (waitedMs: number, rate: number) => void
  /** Told of every call that is sent beside one that many wait for. */
  readonly onSecondCall?: () => void
}

export interface Guards {
  readonly quota: RateLimiter
  readonly breaker: CircuitBreaker
  readonly budget: RetryBudget
}

export type Attempt = (question: Question) => Promise<Outcome<UpstreamAnswer>>

/** Where so many wait for one call, another is spent on learning sooner whether the source answers. */
const MANY_CALLERS = 5

/**
 * CircuitBreaker, quota, exchange: everything that every attempt does again. What fails before anything is sent (no
 * credential, an open breaker, our own quota) is thrown, not an outcome: to try that again at once would not help.
 */
export function createAttempt(options: AttemptOptions, guards: Guards, exchange: Exchange): Attempt {
  const { quota, breaker, budget } = guards
  const { service, region, attemptTimeoutMs, clock } = options

  const send = async (question: Question, credential: Credential, limits: Limits): Promise<Sent> => {
    const queuedMs = clock.now()
    const slot = await quota.acquire(question.scope)
    const sinceMs = clock.now()
    options.onQuota?.(sinceMs - queuedMs, slot.rate)
    question.scope.meter.calls += 1
    limits.onSent()
    let durationMs = 0
    const outcome = await exchange(question, credential, limits.timeoutMs, {
      written: () => slot.written(),
      ended() {
        durationMs = clock.now() - sinceMs
        slot.ended()
      },
    })
    const code = 'answer' in outcome ? 'OK' : outcome.failure.code
    options.onCall?.({ service, region, action: question.action, outcome: code, durationMs })
    return { outcome, durationMs }
  }

  const attempt = async (question: Question, credential: Credential, limits: Limits): Promise<Tried> => {
    const leave = breaker.enter()
    let seen: Seen = 'unknown'
    let callers = 1
    try {
      const { outcome, durationMs } = await send(question, credential, limits)
      callers = callersOf(question)
      if (isThrottled(outcome)) quota.throttled()
      seen = seenIn(outcome, durationMs, attemptTimeoutMs)
      return outcome
    } finally {
      leave(seen, callers)
    }
  }

  return async (question) => {
    const credential = await currentCredential(options, question)
    return hedged(
      (timeoutMs, onSent) => attempt(question, credential, { timeoutMs, onSent }),
      attemptTimeoutMs,
      () => {
        const isWorthIt = callersOf(question) >= MANY_CALLERS && budget.spend('timeout') !== null
        if (isWorthIt) options.onSecondCall?.()
        return isWorthIt
      },
    )
  }
}

type Tried = Outcome<UpstreamAnswer>

interface Limits {
  readonly timeoutMs: number
  readonly onSent: () => void
}

/** All may have left. */
function callersOf({ scope }: Question): number {
  return Math.max(1, scope.callers ?? 1)
}

interface Sent {
  readonly outcome: Outcome<UpstreamAnswer>
  readonly durationMs: number
}

function seenIn(outcome: Outcome<UpstreamAnswer>, durationMs: number, attemptTimeoutMs: number): Seen {
  if ('answer' in outcome) return 'answered'
  const { code, cause } = outcome.failure
  if (code === 'UPSTREAM_UNAVAILABLE') return 'failed'
  if (code !== 'UPSTREAM_TIMEOUT') return 'answered'
  // Whoever gives up after half the time has waited long enough to tell; before that it may have been any reason.
  return cause instanceof AttemptTimeout || durationMs >= attemptTimeoutMs / 2 ? 'silent' : 'unknown'
}

/** By the cloud: what our own quota refuses is thrown. */
function isThrottled(outcome: Outcome<UpstreamAnswer>): boolean {
  return 'failure' in outcome && outcome.failure.code === 'UPSTREAM_THROTTLED'
}

async function currentCredential(
  { credentials, service }: AttemptOptions,
  { scope: { signal } }: Question,
): Promise<Credential> {
  try {
    return await credentials.get(signal)
  } catch (cause) {
    if (cause instanceof UpstreamFailure) throw cause
    if (signal.aborted) throw abortError(service, signal)
    const message = `there is no credential to sign a call to ${service} with`
    throw new UpstreamFailure('UPSTREAM_UNAUTHORIZED', message, { retryable: true, cause })
  }
}
