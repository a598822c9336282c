import { randomBytes } from 'node:crypto'
import { toError } from '../lib/error-text'
import { ANYONE, type Caller } from '../tasks/caller'
import { taskIdOf } from '../tasks/id'
import { NEWEST_FIRST, sourceRank } from '../tasks/order'
import { mayAsk, type LookupQuestion, type TaskService } from '../tasks/service'
import type { SourceKey } from '../tasks/task'
import { ActivityFeed } from './activity'
import { EventLog } from './event-log'
import type { Live, WatchQuestion } from './live'
import { WAIT_MS } from './look-ups'
import { Poller } from './poller'
import { findSubmitted } from './submitted'
import { TaskWatch } from './task-watch'
import type { LiveTools, LiveObserver, SubscriptionKind } from './tools'

export interface LiveOptions extends LiveTools {
  readonly core: TaskService
}

export interface ClosableLive extends Live {
  /** Ends every subscription; resolves when no call is under way any more. */
  close(): Promise<void>
}

/** One poller for each source, shared by all who watch. Nothing is asked while nobody does. */
export function createLive(options: LiveOptions): ClosableLive {
  const { core, clock } = options
  const log = new EventLog(randomBytes(9).toString('base64url'), () => clock.now())
  const tools = { ...options, log, find: core.find.bind(core) }
  const pollers = new Map(
    core.sources(ANYONE).map((source) => [sourceRank(source.key), new Poller(source, tools)]),
  )
  const pollerOf: PollerOf = (key, caller) =>
    mayAsk(caller, key) ? (pollers.get(sourceRank(key)) ?? null) : null
  const subscriptions = new Subscriptions(options.observe)

  return {
    watch(question, caller, signal) {
      const watch: TaskWatch = new TaskWatch(signal, () => subscriptions.remove('watch', watch.stream))
      subscriptions.add('watch', watch.stream)
      if (signal.aborted) watch.stream.abandon()
      else startWatch(watch, question, caller, pollerOf, options)
      return watch.stream
    },
    activity({ filter, since }, caller, signal) {
      const found = core
        .plan({ page: {}, filter, order: NEWEST_FIRST }, caller)
        .asked.map(({ source }) => pollerOf(source.key, caller))
      const asked = { pollers: found.filter((poller) => poller !== null), filter, since }
      const feed: ActivityFeed = new ActivityFeed({ ...asked, log, now: () => clock.now() }, signal, () =>
        subscriptions.remove('activity', feed.stream),
      )
      subscriptions.add('activity', feed.stream)
      if (signal.aborted) feed.stream.abandon()
      else feed.start()
      return feed.stream
    },
    async close() {
      subscriptions.abandonAll()
      await Promise.all([...pollers.values()].map((poller) => poller.settled()))
    },
  }
}

/** Null where the source is not there, or not for this caller. */
type PollerOf = (key: SourceKey, caller: Caller) => Poller | null

function startWatch(
  watch: TaskWatch,
  { ids, submitted }: WatchQuestion,
  caller: Caller,
  pollerOf: PollerOf,
  options: LiveOptions,
): void {
  if (submitted !== null) void search(watch, submitted, caller, pollerOf, options)
  const isUnknown = ids.map((id) => pollerOf(id.source, caller) === null)
  if (isUnknown.includes(true)) watch.onLeave(options.later(() => watch.giveUpUnknown(), WAIT_MS))
  for (const id of ids) watch.add(id, pollerOf(id.source, caller))
  watch.endIfDone()
}

/** Watches what was submitted as soon as it is there. */
async function search(
  watch: TaskWatch,
  question: LookupQuestion,
  caller: Caller,
  pollerOf: PollerOf,
  options: LiveOptions,
): Promise<void> {
  const controller = new AbortController()
  watch.onLeave(() => controller.abort(new Error('nobody is there any more')))
  watch.search()
  try {
    const found = await findSubmitted(question, { ...options, caller, signal: controller.signal })
    if (found === null) return
    for (const task of found.tasks)
      watch.add(taskIdOf(task), pollerOf(task.source, caller), { task, askedAtMs: found.askedAtMs })
    const { submissionId } = question.filter
    const finders = new Set(found.tasks.map(({ source }) => pollerOf(source, caller)))
    for (const poller of finders)
      if (poller !== null && submissionId !== undefined) watch.addSubmission(submissionId, poller)
    watch.searched()
  } catch (error) {
    watch.stream.finish(toError(error))
  }
}

interface Abandonable {
  abandon(): void
}

/** The subscriptions that are open. */
export class Subscriptions {
  private readonly open = { watch: new Set<Abandonable>(), activity: new Set<Abandonable>() }

  constructor(private readonly observe: LiveObserver) {}

  add(kind: SubscriptionKind, stream: Abandonable): void {
    this.open[kind].add(stream)
    this.observe.subscriptions(kind, this.open[kind].size)
  }

  remove(kind: SubscriptionKind, stream: Abandonable): void {
    this.open[kind].delete(stream)
    this.observe.subscriptions(kind, this.open[kind].size)
  }

  abandonAll(): void {
    for (const streams of Object.values(this.open)) for (const stream of [...streams]) stream.abandon()
  }
}
