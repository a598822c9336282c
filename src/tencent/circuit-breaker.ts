import { UpstreamFailure } from '../failure'
import type { Guard } from '../upstream-call'
import { AttemptTimeout } from './transport-errors'

export type CircuitState = 'closed' | 'open' | 'half-open'

/** What an attempt has shown of its source. */
export type Seen =
  /** It answers; a refusal is an answer too. */
  | 'answered'
  /** It cannot be reached, or says itself that it is broken. */
  | 'failed'
  /** It says nothing for as long as an attempt may take. */
  | 'silent'
  /** Nothing: the attempt was given up before it could tell. */
  | 'unknown'

/** Keeps calls from a source that is down. */
export interface CircuitBreaker {
  readonly state: CircuitState
  /**
   * Must be called before an attempt.
   * @returns the era of the breaker in which the attempt begins
   * @throws UpstreamFailure UPSTREAM_UNAVAILABLE while the breaker is open
   */
  enter(): number
  /**
   * Must be called once for each `enter`, when the attempt has ended.
   * @param callers how many requests waited for it
   */
  leave(era: number, seen: Seen, callers?: number): void
}

export interface CircuitBreakerOptions {
  readonly service: string
  readonly clock: { now(): number }
  readonly onChange: (state: CircuitState, before: CircuitState) => void
}

/**
 * A fifth of all calls may fail by chance and be saved by retries, so ten failures in a row are asked for: four calls
 * with their retries. A silence is rarer, and dear to whoever waits, so five waits will do, for one call or several; but
 * never one call alone, which may be no more than a connection that got lost.
 */
const OPEN_AT = 10
const FAILED_WEIGHT = 1
const SILENT_WEIGHT = 2
const MOST_OF_ONE = 8
const OPEN_MS = 1000

/** Opens after failures in a row; a second later one call at a time tries whether the source is back. */
export function createCircuitBreaker({ service, clock, onChange }: CircuitBreakerOptions): CircuitBreaker {
  let state: CircuitState = 'closed'
  let era = 0
  let weight = 0
  let openedMs = 0
  let probing = false

  const change = (next: CircuitState): void => {
    const before = state
    state = next
    era += 1
    weight = 0
    probing = false
    onChange(next, before)
  }

  /** A clock that was set back ends the wait. */
  const leftMs = (): number => {
    const sinceMs = clock.now() - openedMs
    return sinceMs < 0 ? 0 : Math.max(0, OPEN_MS - sinceMs)
  }

  return {
    get state() {
      return state
    },
    enter() {
      if (state === 'open' && leftMs() === 0) change('half-open')
      if (state === 'open') throw unavailable(service, leftMs())
      if (probing) throw unavailable(service, OPEN_MS)
      probing = state === 'half-open'
      return era
    },
    leave(begun, seen, callers = 1) {
      // What began before the last change tells of another time: calls that hung must not open it again.
      if (begun !== era) return
      probing = false
      if (seen === 'unknown') return
      if (seen === 'answered') {
        weight = 0
        if (state === 'half-open') change('closed')
        return
      }
      weight += seen === 'silent' ? Math.min(MOST_OF_ONE, callers * SILENT_WEIGHT) : FAILED_WEIGHT
      if (state === 'closed' && weight < OPEN_AT) return
      openedMs = clock.now()
      change('open')
    },
  }
}

/** Lets no attempt through while the breaker is open, and tells the breaker what an attempt has shown. */
export function circuitBreaker(
  breaker: CircuitBreaker,
  { attemptTimeoutMs }: { readonly attemptTimeoutMs: number },
): Guard {
  return (next) => async (request, context) => {
    const era = breaker.enter()
    let seen: Seen = 'unknown'
    try {
      const answer = await next(request, context)
      seen = 'answered'
      return answer
    } catch (error) {
      if (error instanceof UpstreamFailure) seen = seenIn(error, attemptTimeoutMs)
      throw error
    } finally {
      // All of them may have left.
      breaker.leave(era, seen, Math.max(1, context.callers ?? 1))
    }
  }
}

function seenIn({ code, cause, cost, elapsedMs }: UpstreamFailure, attemptTimeoutMs: number): Seen {
  if (cost.calls === 0) return 'unknown'
  if (code === 'UPSTREAM_UNAVAILABLE') return 'failed'
  if (code !== 'UPSTREAM_TIMEOUT') return 'answered'
  // A caller that leaves after half the time has waited long enough to tell; before that it may have been any reason.
  return cause instanceof AttemptTimeout || elapsedMs >= attemptTimeoutMs / 2 ? 'silent' : 'unknown'
}

/** The failure of a call that is not sent. */
export function unavailable(service: string, retryAfterMs = OPEN_MS): UpstreamFailure {
  const message = `${service} has not answered for a while, so it is not asked until a trial call has succeeded`
  return new UpstreamFailure('UPSTREAM_UNAVAILABLE', message, { retryable: true, retryAfterMs })
}
