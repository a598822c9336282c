import { matches, type TaskFilter } from '../tasks/filter'
import type { Audience } from './announcer'
import type { EventLog, LoggedEvent, Happening } from './event-log'
import type { Activity, TaskChangeKind } from './live'
import type { Poller } from './poller'
import { Stream, type Mailbox } from './stream'
import type { ObservedSource } from '../tasks/observed-source'
import { identity } from '../tasks/id'

export interface ActivityFeedOptions {
  readonly pollers: readonly Poller[]
  readonly filter: TaskFilter
  /** The cursor of the event last seen; null begins now. */
  readonly since: string | null
  readonly log: EventLog
  readonly now: () => number
}

/** What happens at some sources, for one subscriber. */
export class ActivityFeed implements Audience, Mailbox<Activity> {
  readonly stream: Stream<Activity>
  private readonly mailbox = new ActivityMailbox()
  private readonly leaves: (() => void)[] = []
  /** The event last seen; null where it is not one of this process. */
  private readonly seen: { readonly sequence: number | null } | null

  /** @throws BadInput where `since` is no cursor */
  constructor(
    private readonly options: ActivityFeedOptions,
    signal: AbortSignal,
    left: () => void,
  ) {
    const { since, log } = options
    this.seen = since === null ? null : { sequence: log.read(since) }
    this.stream = new Stream<Activity>(this, signal, () => {
      for (const leave of this.leaves.splice(0)) leave()
      this.mailbox.clear()
      left()
    })
  }

  start(): void {
    const { pollers, log } = this.options
    for (const poller of pollers) this.leaves.push(poller.join(this))
    for (const { source, outage } of pollers) {
      if (outage === null) continue
      const happening = { is: 'source', source, ...outage } as const
      this.mailbox.put({ source, before: null, sequence: log.sequence, happening })
    }
    if (this.seen !== null) this.catchUp(this.seen.sequence)
    this.stream.wake()
  }

  tell(event: LoggedEvent, isOld: boolean): void {
    const isBeforeUs = isOld && this.seen === null && event.happening.is === 'task'
    if (isBeforeUs || !this.isWanted(event)) return
    this.mailbox.put(event)
    this.stream.wake()
  }

  shift(): Activity | undefined {
    const delivery = this.mailbox.shift()
    return delivery && { ...delivery.happening, cursor: this.options.log.cursor(delivery.sequence) }
  }

  /** What the subscriber has missed, or that it cannot be told any more. */
  private catchUp(sequence: number | null): void {
    const { pollers, log, now } = this.options
    const missed = sequence !== null && pollers.every(knows(sequence)) ? log.after(sequence) : null
    const sources = new Set(pollers.map(({ source }) => source))
    for (const event of missed ?? [])
      if (sources.has(event.source) && this.isWanted(event)) this.mailbox.put(event)
    const [source] = sources
    if (missed !== null || source === undefined) return
    const reason = 'what has happened since then is not known here any more'
    const happening = { is: 'gap', reason, observedMs: now() } as const
    this.mailbox.put({ source, before: null, sequence: log.sequence, happening })
  }

  /** An event is told where the task matches before it or after it. */
  private isWanted({ happening, before }: LoggedEvent): boolean {
    if (happening.is !== 'task') return true
    const { filter } = this.options
    return matches(filter, happening.task) || (before !== null && matches(filter, before))
  }
}

/** True where everything after that event was told. */
function knows(sequence: number): (poller: Poller) => boolean {
  return ({ baseSequence }) => baseSequence !== null && baseSequence <= sequence
}

/** An event to hand out, with the place up to which everything has been handed out then. */
export interface Delivery {
  readonly happening: Happening
  readonly sequence: number
}

type TaskHappening = Extract<Happening, { is: 'task' }>

/** What waits of one task or source. */
interface Pending {
  /** The first event that waits in it: nothing behind it in the mailbox is older. */
  sequence: number
  lastSequence: number
  readonly happenings: Happening[]
}

/** So many tasks may wait to be told of. */
const MOST = 500
const GAP = 'gap'

/**
 * What a subscriber has not taken yet, in the order of time: the net change of each task. Where too many tasks have
 * changed meanwhile they are left out, and that is said.
 */
export class ActivityMailbox implements Mailbox<Delivery> {
  private readonly pending = new Map<string | ObservedSource, Pending>()
  /** The last event that was handed out, whether or not some before it still wait. */
  private reached = 0

  put({ sequence, source, happening }: LoggedEvent): void {
    const key = happening.is === 'task' ? identity(happening.task) : happening.is === 'source' ? source : GAP
    const waiting = this.pending.get(key)
    if (waiting === undefined) {
      this.pending.set(key, { sequence, lastSequence: sequence, happenings: [happening] })
      if (happening.is === 'task' && this.pending.size > MOST) this.overflow(sequence, happening.observedMs)
      return
    }
    waiting.lastSequence = sequence
    if (happening.is === 'task') addChange(waiting.happenings, happening)
    else waiting.happenings.splice(0, 1, happening)
  }

  shift(): Delivery | undefined {
    const [head] = this.pending
    if (head === undefined) return undefined
    const [key, first] = head
    const happening = first.happenings.shift()
    if (happening === undefined) return undefined
    if (first.happenings.length > 0) {
      this.reached = Math.max(this.reached, first.sequence)
      first.sequence += 1
    } else {
      this.reached = Math.max(this.reached, first.lastSequence)
      this.pending.delete(key)
    }
    const [next] = this.pending.values()
    return { happening, sequence: Math.min(this.reached, (next?.sequence ?? Infinity) - 1) }
  }

  clear(): void {
    this.pending.clear()
  }

  private overflow(sequence: number, observedMs: number): void {
    for (const key of this.pending.keys()) if (typeof key === 'string') this.pending.delete(key)
    const reason = `more than ${MOST} tasks have changed that were not taken`
    const gap: Happening = { is: 'gap', reason, observedMs }
    this.pending.set(GAP, { sequence, lastSequence: sequence, happenings: [gap] })
  }
}

/** Adds a change to those of the same task that wait: at most its start, and its newest state. */
function addChange(waiting: Happening[], change: TaskHappening): void {
  const last = waiting.at(-1)
  if (last?.is !== 'task') return
  const kind = merged(last.kind, change.kind)
  if (kind === null) waiting.push(change)
  else waiting.splice(-1, 1, { ...change, kind, previousStatus: last.previousStatus })
}

/** Null where both are to be told. */
function merged(last: TaskChangeKind, next: TaskChangeKind): TaskChangeKind | null {
  if (next !== 'FINISHED') return last
  return last === 'STARTED' ? null : 'FINISHED'
}
