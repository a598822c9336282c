import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { createCore } from '../../src/app/core'
import { joinReplicas } from '../../src/app/replicas'
import { parseConfig } from '../../src/config'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/start'
import type { WireRow } from '../../src/emulator/world/row'
import type { World } from '../../src/emulator/world/world'
import { createLive, type ClosableLive } from '../../src/live/create-live'
import type { Activity, WatchQuestion, LiveObserver, RoundReport } from '../../src/live/live'
import { PERIOD_MS } from '../../src/live/poller'
import { ANYONE, type Caller } from '../../src/tasks/caller'
import type { TaskFilter } from '../../src/tasks/filter'
import type { TaskService } from '../../src/tasks/service'
import { sourceName, type SourceKey, type Task } from '../../src/tasks/task'
import { createCensor, createLog } from '../../src/telemetry/log'
import { createMetrics } from '../../src/telemetry/metrics'
import { formatBeijingTime } from '../../src/tencent/time'
import { createTransport } from '../../src/tencent/transport'
import { createScheduler } from '../../src/event-loop-scheduler'
import { settings } from './gateway'
import { ManualTime } from './manual-time'

export interface LiveReport extends RoundReport {
  readonly source: string
}

export interface TestLive {
  readonly live: ClosableLive
  readonly core: TaskService
  readonly emulator: Emulator
  readonly world: World
  readonly time: ManualTime
  /** Rounds that are over. */
  readonly rounds: readonly LiveReport[]
  readonly subscriptions: Readonly<Record<string, number>>
  /** Waits until so many more rounds are over; the clock stands. */
  rounded(count: number): Promise<void>
  /** Waits until it is so; the clock stands. */
  until(isSo: () => boolean): Promise<void>
  /** Waits until no call is under way that somebody waits for; the clock stands. */
  untilIdle(): Promise<void>
  /** Lets the clock go on, a little each time, until it is so. */
  passUntil(isSo: () => boolean): Promise<void>
  /** Lets the clock go on until the source has answered a whole round; a breaker that is open takes its time. */
  backUp(source: string): Promise<void>
  /** Lets the clock go on to the next round of every source that is polled, and waits for its end. */
  tick(times?: number): Promise<void>
  /** @throws Error where something has happened that must not, or a timer is left */
  close(): Promise<void>
}

export interface TestLiveOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly emulator?: EmulatorOptions
  /** An emulator that runs already, and goes on. */
  readonly inFrontOf?: Emulator
  readonly time?: ManualTime
  /** The machine's own clock in its place; then nothing ticks but by itself. */
  readonly ownClock?: boolean
}

export const START_MS = 1_760_000_000_700

const OWN_CLOCK = {
  now: Date.now,
  later: (run: () => void, delayMs: number) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Live changes over real sources, which ask an emulator over HTTP; only the clock is made. */
export async function startLive(options: TestLiveOptions = {}): Promise<TestLive> {
  const time = options.time ?? new ManualTime(START_MS)
  const { now, later } = options.ownClock === true ? OWN_CLOCK : time
  const emulator = options.inFrontOf ?? (await startEmulator({ quotas: 'off', now, ...options.emulator }))
  const { config } = await parseConfig({ ...settings(emulator), ...options.env }, () =>
    Promise.resolve({ kind: 'absent' }),
  )
  const censor = createCensor([])
  const log = createLog({ level: 'silent', censor, output: { write: () => undefined } })
  const tools = {
    log,
    metrics: createMetrics({ processMetrics: false }),
    clock: { now },
    hideSecrets: censor.add,
  }
  const transport = createTransport()
  const replicas =
    config.redis === null ? null : await joinReplicas(config, config.redis, log, tools.metrics.redis)
  const core = createCore(config, tools, { transport, replicas, scheduler: createScheduler() })
  const seen = createObserver()
  const live = createLive({ core, clock: { now }, later, observe: seen.observe })
  const rounded = async (count: number): Promise<void> => {
    const until = seen.rounds.length + count
    await settle(() => seen.rounds.length >= until)
    // Those who were told take it in.
    await setImmediate()
  }
  // A look-up gathers ids for some milliseconds before it is sent.
  const untilIdle = async (): Promise<void> => {
    do await sleep(40)
    while (emulator.log.count({ outcome: 'pending' }) > 0)
  }
  const tick = async (times = 1): Promise<void> => {
    for (let count = 0; count < times; count++) {
      const dueMs = (Math.floor(now() / PERIOD_MS) + 1) * PERIOD_MS
      const over = rounded(time.dueAt(dueMs, PERIOD_MS))
      time.runUntil(dueMs)
      await over
    }
  }
  return {
    live,
    core,
    emulator,
    world: emulator.world,
    time,
    rounds: seen.rounds,
    subscriptions: seen.subscriptions,
    rounded,
    async until(isSo) {
      await settle(isSo)
    },
    untilIdle,
    async passUntil(isSo) {
      for (let step = 0; step < 1000 && !isSo(); step++) {
        time.runUntil(now() + 400)
        await untilIdle()
      }
      await settle(isSo)
    },
    async backUp(source) {
      const isUp = () => seen.rounds.findLast((round) => round.source === source)?.failure === null
      for (let ticks = 0; ticks < 100 && !isUp(); ticks++) await tick()
    },
    tick,
    async close() {
      await live.close()
      await transport.close()
      await replicas?.close()
      if (options.inFrontOf === undefined) await emulator.close()
      if (seen.unexpected.length > 0) throw new AggregateError(seen.unexpected, 'something unexpected')
      if (time.pending > 0) throw new Error(`${time.pending} timers are left`)
    },
  }
}

function createObserver() {
  const rounds: LiveReport[] = []
  const subscriptions: Record<string, number> = {}
  const unexpected: unknown[] = []
  const observe: LiveObserver = {
    round: (source: SourceKey, report) => void rounds.push({ ...report, source: sourceName(source) }),
    event: () => undefined,
    subscriptions: (kind, count) => void (subscriptions[kind] = count),
    unexpected: (error) => void unexpected.push(error),
  }
  return { rounds, subscriptions, unexpected, observe }
}

/** @throws Error where it does not become so */
async function settle(isSo: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 10_000
  while (!isSo()) {
    if (performance.now() > giveUpMs) throw new Error('what the test waits for has not come')
    await setImmediate()
  }
}

/** Takes from a stream. */
export class Taker<T> {
  private readonly taken: T[] = []
  end: 'open' | 'done' | Error = 'open'

  constructor(
    private readonly stream: AsyncIterable<unknown>,
    private readonly read: (value: never) => T,
  ) {}

  /** Takes everything as it comes from now on. */
  go(): this {
    const run = async (): Promise<void> => {
      for await (const value of this.stream) this.taken.push(this.read(value as never))
    }
    run().then(
      () => (this.end = 'done'),
      (error: unknown) => (this.end = error instanceof Error ? error : new Error(String(error))),
    )
    return this
  }

  /** How much has come since the last time. */
  get size(): number {
    return this.taken.length
  }

  /** What has come since the last time. */
  news(): readonly T[] {
    return this.taken.splice(0)
  }
}

interface Follow {
  readonly filter?: TaskFilter
  readonly since?: string | null
  readonly caller?: Caller
  readonly signal?: AbortSignal
}

/** Takes the activity as it comes. */
export function follow({ live }: TestLive, options: Follow = {}): Taker<string> {
  return followWith(live, brief, options)
}

/** As `follow`, each with its cursor behind it. */
export function followCursors({ live }: TestLive, options: Follow = {}): Taker<readonly [string, string]> {
  return followWith(live, (activity) => [brief(activity), activity.cursor], options)
}

function followWith<T>(live: ClosableLive, read: (activity: Activity) => T, options: Follow): Taker<T> {
  const { filter = {}, since = null, caller = ANYONE, signal = new AbortController().signal } = options
  return new Taker(live.activity({ filter, since }, caller, signal), read).go()
}

/** Takes the states of the tasks as they come. */
export function watch(
  { live }: TestLive,
  question: Partial<WatchQuestion>,
  { caller = ANYONE, signal = new AbortController().signal }: Follow = {},
): Taker<string> {
  const stream = live.watch({ ids: [], submitted: null, ...question }, caller, signal)
  return new Taker(
    stream,
    (task: Task) => `${task.number.toString()} ${task.status} ${task.progress ?? '-'}`,
  ).go()
}

/** `STARTED 12 -→RUNNING`, `down cdb/… CODE`, `back cdb/…`, `gap`. */
function brief(activity: Activity): string {
  if (activity.is === 'gap') return 'gap'
  if (activity.is === 'source') {
    const name = sourceName(activity.source.key)
    return activity.failure === null ? `back ${name}` : `down ${name} ${activity.failure.code}`
  }
  const { kind, task, previousStatus } = activity
  return `${kind} ${task.number.toString()} ${previousStatus ?? '-'}→${task.status}`
}

export const REGION = 'ap-guangzhou'
export const SECOND = Math.floor(START_MS / 1000)

/** A CDB row that is running since that second. */
export function cdbRow(id: number, startSecond: number, over: WireRow = {}): WireRow {
  return {
    JobId: id,
    StartTime: formatBeijingTime(startSecond),
    EndTime: '',
    TaskStatus: 'RUNNING',
    Progress: 10,
    AsyncRequestId: '',
    InstanceIds: ['cdb-a'],
    ...over,
  }
}

export function cdbEnd(endSecond: number): WireRow {
  return { TaskStatus: 'SUCCEED', EndTime: formatBeijingTime(endSecond), Progress: 100 }
}

/** A Postgres row that is running since that second. */
export function postgresRow(id: number, startSecond: number, over: WireRow = {}): WireRow {
  return {
    TaskId: id,
    StartTime: formatBeijingTime(startSecond),
    EndTime: '',
    Status: 'Running',
    Progress: 10,
    DBInstanceId: 'postgres-a',
    ...over,
  }
}

export function postgresEnd(endSecond: number): WireRow {
  return { Status: 'Success', EndTime: formatBeijingTime(endSecond), Progress: 100 }
}

/** `count` rows that ended long ago, a minute apart, the newest with the highest id. */
export function endedRows(service: 'cdb' | 'postgres', count: number, firstId = 1): readonly WireRow[] {
  return Array.from({ length: count }, (_, index) => {
    const second = SECOND - 1_000_000 + index * 60
    return service === 'cdb'
      ? cdbRow(firstId + index, second, cdbEnd(second + 30))
      : postgresRow(firstId + index, second, postgresEnd(second + 30))
  })
}
