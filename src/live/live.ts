import type { UpstreamFailure } from '../failure'
import type { Caller } from '../tasks/caller'
import type { TaskFilter } from '../tasks/filter'
import type { ObservedSource } from '../tasks/observed-source'
import type { TaskId } from '../tasks/id'
import type { LookupQuestion } from '../tasks/service'
import type { Task, TaskStatus, SourceKey } from '../tasks/task'
import { type Later, timeLimit } from '../time-limit'
import type { CallContext } from '../call-context'

/** Changes of tasks, from upstreams that can only be polled. */
export interface Live {
  /**
   * The current state of each task at once, then every net change; ends when all are finished. What is not found is
   * waited for. A source that is down ends nothing: what changed comes when it is back.
   * @throws BadInput before the first state, or where what was submitted is not found in time
   */
  watch(question: WatchQuestion, caller: Caller, signal: AbortSignal): AsyncIterable<Task>
  /** What starts, moves and ends, and sources that go and come back; has no end of its own. @throws BadInput */
  activity(question: ActivityQuestion, caller: Caller, signal: AbortSignal): AsyncIterable<Activity>
}

export interface WatchQuestion {
  readonly ids: readonly TaskId[]
  /** Tasks known only by what their submit returned; waited for up to a minute. */
  readonly submitted: LookupQuestion | null
}

export interface ActivityQuestion {
  readonly filter: TaskFilter
  /** The cursor of the event last seen; null begins now. */
  readonly since: string | null
}

export type Activity = TaskChange | SourceChange | Gap

interface Event {
  /** Opaque; what comes after this event can be asked for by it, at this replica, for a while. */
  readonly cursor: string
  /** Unix milliseconds at which the upstream was asked that showed it. */
  readonly observedMs: number
}

export type TaskChangeKind = 'STARTED' | 'UPDATED' | 'FINISHED'

/** The net change between two polls. */
export interface TaskChange extends Event {
  readonly is: 'task'
  readonly kind: TaskChangeKind
  readonly task: Task
  /** Null where the task was not known before. */
  readonly previousStatus: TaskStatus | null
}

/** A source went down, or came back where the failure is null. */
export interface SourceChange extends Event {
  readonly is: 'source'
  readonly source: ObservedSource
  readonly failure: UpstreamFailure | null
}

/** Events are missing here: whoever shows tasks must load them again, and can then go on. */
export interface Gap extends Event {
  readonly is: 'gap'
  /** For people. */
  readonly reason: string
}

/** What live changes need beside the tasks. */
export interface LiveTools {
  readonly clock: { now(): number }
  readonly later: Later
  readonly observe: LiveObserver
}

/** Reports events to metrics and the log. */
export interface LiveObserver {
  round(source: SourceKey, report: RoundReport): void
  /** An event was found, with or without subscribers. */
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
  /** Time from the oldest call to the delivery of its changes; null if there was no answer. */
  readonly lagMs: number | null
}

interface TimedScope {
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
