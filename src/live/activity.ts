import { matches, type TaskFilter } from '../tasks/filter'
import { ActivityMailbox } from './activity-mailbox'
import type { Audience } from './announcer'
import type { EventLog, LoggedEvent } from './event-log'
import type { Activity } from './live'
import type { Poller } from './poller'
import { Stream, type Mailbox } from './stream'

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
