import { setImmediate } from 'node:timers/promises'
import { createCore } from '../../src/app/core'
import { joinReplicas } from '../../src/app/replicas'
import { parseConfig } from '../../src/config'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/start'
import type { World } from '../../src/emulator/world/world'
import { createLive, type ClosableLive } from '../../src/live/create-live'
import type { Activity } from '../../src/live/live'
import { PERIOD_MS } from '../../src/live/poller'
import type { LiveObserver, RoundReport } from '../../src/live/tools'
import type { TaskService } from '../../src/tasks/service'
import { sourceName, type SourceKey } from '../../src/tasks/task'
import { createCensor } from '../../src/telemetry/censor'
import { createLog } from '../../src/telemetry/log'
import { createMetrics } from '../../src/telemetry/metrics'
import { createTransport } from '../../src/tencent/transport'
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
  readonly unexpected: readonly unknown[]
  /** Waits until so many more rounds are over; the clock stands. */
  rounded(count: number): Promise<void>
  /** Lets the clock go on to the next round of every source that is polled, and waits for its end. */
  tick(times?: number): Promise<void>
  close(): Promise<void>
}

export interface TestLiveOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly emulator?: EmulatorOptions
  /** An emulator that runs already, and goes on. */
  readonly inFrontOf?: Emulator
  readonly time?: ManualTime
}

export const START_MS = 1_760_000_000_700

/** Live changes over real sources, which ask an emulator over HTTP; only the clock is made. */
export async function startLive(options: TestLiveOptions = {}): Promise<TestLive> {
  const time = options.time ?? new ManualTime(START_MS)
  const now = time.now
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
  const replicas = config.redis === null ? null : await joinReplicas(config, config.redis, log)
  const core = createCore(config, tools, transport, replicas)
  const seen = createObserver()
  const live = createLive({ core, clock: { now }, later: time.later, observe: seen.observe })
  const rounded = async (count: number): Promise<void> => {
    const until = seen.rounds.length + count
    while (seen.rounds.length < until) await setImmediate()
    // Those who were told take it in.
    await setImmediate()
  }
  return {
    live,
    core,
    emulator,
    world: emulator.world,
    time,
    rounds: seen.rounds,
    subscriptions: seen.subscriptions,
    unexpected: seen.unexpected,
    rounded,
    async tick(times = 1) {
      for (let tick = 0; tick < times; tick++) {
        const dueMs = (Math.floor(now() / PERIOD_MS) + 1) * PERIOD_MS
        const due = time.dueAt(dueMs, PERIOD_MS)
        const over = rounded(due)
        time.runUntil(dueMs)
        await over
      }
    },
    async close() {
      await live.close()
      await transport.close()
      await replicas?.close()
      if (options.inFrontOf === undefined) await emulator.close()
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

/** Takes from a stream, without waiting for more than is there. */
export class Taker<T> {
  readonly taken: T[] = []
  end: 'open' | 'done' | Error = 'open'

  constructor(private readonly stream: AsyncIterable<T>) {}

  /** Takes everything as it comes from now on. */
  go(): this {
    const run = async (): Promise<void> => {
      for await (const value of this.stream) this.taken.push(value)
    }
    run().then(
      () => (this.end = 'done'),
      (error: unknown) => (this.end = error instanceof Error ? error : new Error(String(error))),
    )
    return this
  }

  /** What has come since the last time. */
  news(): readonly T[] {
    return this.taken.splice(0)
  }
}

/** `STARTED 12`, `UPDATED 12 RUNNING→PAUSED`, `down cdb/… CODE`, `back cdb/…`, `gap`. */
export function brief(activity: Activity): string {
  if (activity.is === 'gap') return 'gap'
  if (activity.is === 'source') {
    const name = sourceName(activity.source.key)
    return activity.failure === null ? `back ${name}` : `down ${name} ${activity.failure.code}`
  }
  const { kind, task, previousStatus } = activity
  return `${kind} ${task.number.toString()} ${previousStatus ?? '-'}→${task.status}`
}
