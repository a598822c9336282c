import { setTimeout as sleep } from 'node:timers/promises'
import { World } from '../src/emulator/world/world'
import { ANYONE } from '../src/tasks/caller'
import type { Task } from '../src/tasks/task'
import {
  cdbRow,
  endedRows,
  postgresRow,
  REGION,
  SECOND,
  startLive,
  type TestLive,
} from '../test/support/live'
import { percentile } from './support/clients'

/**
 * 10,000 subscriptions watch 200 running tasks of each product, 40 of which change each second; then 1,000
 * subscribers come and go. In one process with the emulator, so the figures are those of the live changes alone.
 * `--churn` has them come and go for a minute.
 */
const SUBSCRIPTIONS = 10_000
const RUNNING = 200
const CHANGES_PER_SECOND = 40
const SECONDS = 20
const CHURN_SECONDS = process.argv.includes('--churn') ? 60 : 10
const CHURNING = 1000
const LATENCY_MS = 30
const SERVICES = ['cdb', 'postgres'] as const
const PROVIDERS = { cdb: 'CDB', postgres: 'POSTGRES' } as const

void main()

async function main(): Promise<void> {
  const world = busyWorld()
  const test = await startLive({ ownClock: true, emulator: { world, latencyMs: LATENCY_MS } })
  const results = [await measureMany(test, world), await measureChurn(test)]
  await test.close()
  process.exitCode = results.every(Boolean) ? 0 : 1
}

async function measureMany(test: TestLive, world: World): Promise<boolean> {
  const stop = new AbortController()
  // What is known of the tasks, and what runs for the first time, is not the cost of a subscription.
  for (let number = 1; number <= RUNNING; number++) void open(test, number, stop.signal)
  await test.rounded(6)
  const delaysMs: number[] = []
  const changedMs = new Map<string, number>()
  const take = (task: Task): void => {
    const sinceMs = changedMs.get(`${task.provider} ${task.number.toString()} ${task.progress ?? 0}`)
    if (sinceMs !== undefined) delaysMs.push(Date.now() - sinceMs)
  }
  const before = heap()
  for (let count = 0; count < SUBSCRIPTIONS; count++)
    void open(test, (count % RUNNING) + 1, stop.signal, take)
  await sleep(3000)
  const bytes = (heap() - before) / SUBSCRIPTIONS
  test.emulator.log.clear()
  const beganMs = performance.now()
  await move(world, changedMs)
  const seconds = (performance.now() - beganMs) / 1000
  await sleep(2000)
  const calls = SERVICES.map((service) => test.emulator.log.count({ service }) / seconds)
  delaysMs.sort((a, b) => a - b)
  const p99Ms = percentile(delaysMs, 0.99)
  stop.abort()
  say(`subscriptions          ${SUBSCRIPTIONS}, ${bytes.toFixed(0)} bytes each (at most 2560, whoever takes from it included)
upstream calls         ${SERVICES.map((service, at) => `${service} ${(calls[at] ?? 0).toFixed(2)}`).join(', ')} a second (at most 4)
change to subscriber   p50 ${percentile(delaysMs, 0.5).toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms (at most ${1500 + LATENCY_MS}), of ${delaysMs.length}`)
  return bytes <= 2560 && calls.every((rate) => rate <= 4) && p99Ms <= 1500 + LATENCY_MS
}

async function measureChurn(test: TestLive): Promise<boolean> {
  const before = { bytes: heap(), timers: timers() }
  const endMs = performance.now() + CHURN_SECONDS * 1000
  let opened = 0
  const client = async (number: number): Promise<void> => {
    while (performance.now() < endMs) {
      const stop = new AbortController()
      const taken = open(test, number, stop.signal)
      opened += 1
      await sleep(200 + Math.random() * 800)
      stop.abort()
      await taken
    }
  }
  await Promise.all(Array.from({ length: CHURNING }, (_, at) => client((at % RUNNING) + 1)))
  await sleep(1000)
  const calls = test.emulator.log.count()
  await sleep(3000)
  const grownMib = (heap() - before.bytes) / 2 ** 20
  const left = timers() - before.timers
  const later = test.emulator.log.count() - calls
  say(
    `came and went          ${opened} in ${CHURN_SECONDS} s; afterwards heap ${grownMib.toFixed(1)} MiB more, timers ${left} more, upstream calls ${later}`,
  )
  return grownMib < 10 && left <= 0 && later === 0
}

/** Watches one task of each product. */
function open(
  { live }: TestLive,
  number: number,
  signal: AbortSignal,
  take: (task: Task) => void = () => undefined,
): Promise<void> {
  const service = SERVICES[number % 2] ?? 'cdb'
  const source = { provider: PROVIDERS[service], account: 'default', region: REGION }
  const stream = live.watch(
    { ids: [{ source, number: BigInt(number), hint: null }], submitted: null },
    ANYONE,
    signal,
  )
  return takeAll(stream, take)
}

async function takeAll(stream: AsyncIterable<Task>, take: (task: Task) => void): Promise<void> {
  for await (const task of stream) take(task)
}

/** So many tasks of each product make progress each second. */
async function move(world: World, changedMs: Map<string, number>): Promise<void> {
  const steps = SECONDS * CHANGES_PER_SECOND
  const beganMs = performance.now()
  for (let step = 0; step < steps; step++) {
    await sleep(Math.max(0, beganMs + (step * 1000) / CHANGES_PER_SECOND - performance.now()))
    const number = (step % RUNNING) + 1
    const progress = 11 + Math.floor(step / RUNNING)
    for (const service of SERVICES) {
      world.change(service, REGION, number, { Progress: progress })
      changedMs.set(`${PROVIDERS[service]} ${number} ${progress}`, Date.now())
    }
  }
}

/** 200 running tasks among the newest 300 of each product. */
function busyWorld(): World {
  const world = new World()
  for (const service of SERVICES) {
    const row = service === 'cdb' ? cdbRow : postgresRow
    for (const ended of endedRows(service, 300, 10_000)) world.insert(service, REGION, ended)
    for (let id = 1; id <= RUNNING; id++) world.insert(service, REGION, row(id, SECOND - 1000 + id))
  }
  return world
}

function heap(): number {
  if (globalThis.gc === undefined) throw new Error('start with --expose-gc')
  for (let count = 0; count < 3; count++) globalThis.gc()
  return process.memoryUsage().heapUsed
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
