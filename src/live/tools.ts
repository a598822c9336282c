import type { UpstreamFailure } from '../failure'
import type { SourceKey } from '../tasks/task'
import { type Later, timeLimit } from '../time-limit'
import type { TaskChangeKind } from './live'
import type { CallContext } from '../call-context'

/** What live changes need beside the tasks. */
export interface LiveTools {
  readonly clock: { now(): number }
  readonly later: Later
  readonly observe: LiveObserver
}

/** Told of what happens, for metrics and the log. */
export interface LiveObserver {
  round(source: SourceKey, report: RoundReport): void
  /** An event that was found, whether anybody is told of it or not. */
  event(source: SourceKey, kind: TaskChangeKind | 'SOURCE' | 'GAP'): void
  /** How many there are now. */
  subscriptions(kind: SubscriptionKind, now: number): void
  /** A mistake of ours; polling goes on. */
  unexpected(error: unknown): void
}

export type SubscriptionKind = 'watch' | 'activity'

/** One poll of one source. */
export interface RoundReport {
  readonly durationMs: number
  /** Upstream calls sent for it, every attempt counted. */
  readonly calls: number
  /** Null where everything was answered. */
  readonly failure: UpstreamFailure | null
  /** From the oldest question to the moment at which its changes were told; null where nothing was answered. */
  readonly lagMs: number | null
}

export interface TimedScope {
  readonly scope: CallContext
  /** To be called when nothing is asked under it any more. */
  readonly end: () => void
}

/** A scope that ends with the signal, or after its time. */
export function timedScope(
  signal: AbortSignal,
  ms: number,
  { clock, later }: Pick<LiveTools, 'clock' | 'later'>,
  over: Pick<CallContext, 'notBeforeMs' | 'background'> = {},
): TimedScope {
  const tooLate = (): Error => new DOMException(`no answer within ${ms} ms`, 'TimeoutError')
  const limit = timeLimit(signal, ms, tooLate, later)
  return {
    scope: { signal: limit.signal, deadlineMs: clock.now() + ms, ...over },
    end: limit.end,
  }
}
