import { randomBytes } from 'node:crypto'
import { toError } from '../lib/error-text'
import { ANYONE, type Caller } from '../tasks/caller'
import { taskIdOf } from '../tasks/id'
import { NEWEST_FIRST, sourceRank } from '../tasks/order'
import { mayAsk, type LookupQuestion, type TaskService, type FoundTasks } from '../tasks/service'
import type { SourceKey, Task } from '../tasks/task'
import { ActivityFeed } from './activity'
import { EventLog } from './event-log'
import {
  type Live,
  type WatchQuestion,
  type LiveTools,
  type LiveObserver,
  type SubscriptionKind,
  timedScope,
} from './live'
import { WAIT_MS } from './look-ups'
import { Poller } from './poller'
import { TaskWatch } from './task-watch'
import { BadInput } from '../tasks/bad-input'

interface LiveOptions extends LiveTools {
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

interface FoundSubmitted {
  readonly tasks: readonly Task[]
  /** Unix milliseconds before the upstream was asked. */
  readonly askedAtMs: number
}

interface SubmittedOptions extends LiveTools {
  readonly core: TaskService
  readonly caller: Caller
  readonly signal: AbortSignal
}

const CALL_MS = 8000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 5000

/**
 * Asks again and again, since a task that was just submitted is not there at once. While a source is down nothing is
 * known to be missing.
 * @returns null where the signal has ended it
 * @throws BadInput if it is not found in time, or cannot be distinguished from another
 */
async function findSubmitted(
  question: LookupQuestion,
  options: SubmittedOptions,
): Promise<FoundSubmitted | null> {
  const { clock, signal } = options
  let missedMs: number | null = null
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
    const askedAtMs = clock.now()
    const { tasks, failures } = await lookUp(question, options, missedMs !== null)
    if (tasks.length > 0) return { tasks: checkOne(question, tasks), askedAtMs }
    if (failures.length === 0) missedMs ??= askedAtMs
    if (missedMs !== null && clock.now() - missedMs >= WAIT_MS) throw notFound(question)
    await pause(pauseMs, options)
  }
  return null
}

async function lookUp(
  question: LookupQuestion,
  options: SubmittedOptions,
  background: boolean,
): Promise<FoundTasks> {
  const notBeforeMs = options.clock.now() - FIRST_PAUSE_MS / 2
  const { scope, end } = timedScope(options.signal, CALL_MS, options, { notBeforeMs, background })
  return options.core.lookup(question, options.caller, scope).finally(end)
}

function pause(delayMs: number, { later, signal }: SubmittedOptions): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      callOff()
      signal.removeEventListener('abort', go)
      resolve()
    }
    const callOff = later(go, delayMs)
    signal.addEventListener('abort', go, { once: true })
    if (signal.aborted) go()
  })
}

/** One request makes several tasks, but a number means one. */
function checkOne({ filter }: LookupQuestion, tasks: readonly Task[]): readonly Task[] {
  const [task, other] = tasks
  if (filter.number === undefined || task === undefined || other === undefined) return tasks
  const missing = task.source.account === other.source.account ? 'region' : 'account'
  throw new BadInput(
    `submitted.${missing}`,
    `the task number ${filter.number.toString()} is found in more than one ${missing}; say which by submitted.${missing}`,
  )
}

function notFound({ filter, argument }: LookupQuestion): BadInput {
  const value = filter.number?.toString() ?? filter.submissionId ?? ''
  return new BadInput(
    argument,
    `${argument} ${JSON.stringify(value)} was not found within ${WAIT_MS / 1000} seconds`,
  )
}
