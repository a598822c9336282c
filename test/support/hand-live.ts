import type { Activity, ActivityQuestion, Live, WatchQuestion } from '../../src/live/live'
import { Stream, type Mailbox } from '../../src/live/stream'
import type { Caller } from '../../src/tasks/caller'
import { identity } from '../../src/tasks/id'
import type { Task } from '../../src/tasks/task'

/** Live changes that a test tells by hand. */
export class HandLive implements Live {
  readonly watches: HandFeed<Task, WatchQuestion>[] = []
  readonly activities: HandFeed<Activity, ActivityQuestion>[] = []

  watch(question: WatchQuestion, caller: Caller, signal: AbortSignal): AsyncIterable<Task> {
    const feed = new HandFeed<Task, WatchQuestion>(question, caller, signal, identity)
    this.watches.push(feed)
    return feed.stream
  }

  activity(question: ActivityQuestion, caller: Caller, signal: AbortSignal): AsyncIterable<Activity> {
    const feed = new HandFeed<Activity, ActivityQuestion>(question, caller, signal, ({ cursor }) => cursor)
    this.activities.push(feed)
    return feed.stream
  }
}

/** One subscription; of what is not taken yet, the latest of each key is kept. */
export class HandFeed<T, Question> implements Mailbox<T> {
  readonly stream: Stream<T>
  readonly ended: Promise<void>
  private readonly pending = new Map<string, T>()

  constructor(
    readonly question: Question,
    readonly caller: Caller,
    signal: AbortSignal,
    private readonly keyOf: (value: T) => string,
  ) {
    let end: () => void = () => undefined
    this.ended = new Promise((resolve) => (end = resolve))
    this.stream = new Stream<T>(this, signal, () => end())
  }

  tell(value: T): void {
    this.pending.set(this.keyOf(value), value)
    this.stream.wake()
  }

  shift(): T | undefined {
    for (const [key, value] of this.pending) {
      this.pending.delete(key)
      return value
    }
    return undefined
  }
}
