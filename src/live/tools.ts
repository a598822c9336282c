import type { UpstreamFailure } from '../failure'
import type { SourceKey } from '../tasks/task'
import type { Later } from '../time-limit'
import type { TaskChangeKind } from './live'

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
