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

/** Keeps calls from a source that is down: opens after failures in a row; a second later one call at a time tries whether it is back. */
export class CircuitBreaker {
  private current: CircuitState = 'closed'
  private era = 0
  private weight = 0
  private openedMs = 0
  private isProbing = false

  constructor(private readonly options: CircuitBreakerOptions) {}

  get state(): CircuitState {
    return this.current
  }

  /**
   * Must be called before an attempt.
   * @returns the era of the breaker in which the attempt begins
   * @throws UpstreamFailure UPSTREAM_UNAVAILABLE while the breaker is open
   */
  enter(): number {
    const { service } = this.options
    if (this.current === 'open' && this.leftMs() === 0) this.change('half-open')
    if (this.current === 'open') throw unavailable(service, this.leftMs())
    if (this.isProbing) throw unavailable(service, OPEN_MS)
    this.isProbing = this.current === 'half-open'
    return this.era
  }

  /**
   * Must be called once for each `enter`, when the attempt has ended.
   * @param callers how many requests waited for it
   */
  leave(begun: number, seen: Seen, callers = 1): void {
    // What began before the last change tells of another time: calls that hung must not open it again.
    if (begun !== this.era) return
    this.isProbing = false
    if (seen === 'unknown') return
    if (seen === 'answered') {
      this.weight = 0
      if (this.current === 'half-open') this.change('closed')
      return
    }
    this.weight += seen === 'silent' ? Math.min(MOST_OF_ONE, callers * SILENT_WEIGHT) : FAILED_WEIGHT
    if (this.current === 'closed' && this.weight < OPEN_AT) return
    this.openedMs = this.options.clock.now()
    this.change('open')
  }

  private change(next: CircuitState): void {
    const before = this.current
    this.current = next
    this.era += 1
    this.weight = 0
    this.isProbing = false
    this.options.onChange(next, before)
  }

  /** A clock that was set back ends the wait. */
  private leftMs(): number {
    const sinceMs = this.options.clock.now() - this.openedMs
    return sinceMs < 0 ? 0 : Math.max(0, OPEN_MS - sinceMs)
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
