import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { tell } from './support/emulator-control'
import { startEmulator, type Program } from './support/programs'
import { startSoakedGateway, type SoakedGateway } from './support/soak-gateway'
import { SoakLoad } from './support/soak-load'
import type { Held } from './support/soak-probe'
import { SoakSubscribers } from './support/soak-subscribers'
import { SoakTally } from './support/soak-tally'

/**
 * Mixed load and failing upstreams for a long time: says whether the gateway keeps what it should have let go. Emulator
 * and gateway are processes of their own on loopback. With `--seconds` in the place of `--minutes` it is a share that
 * still meets every fault.
 */
const PER_SECOND = 30
const SUBSCRIBERS = 30
const SAMPLE_MS = 5000
const FAULT_MS = 6000
const WARM_UP_MS = 10_000
/** Kept connections end after 30 s at most. */
const REST_MS = 45_000
const MIB = 2 ** 20
const LIMITS = { slopeMibPerMinute: 1, heapMib: 256 }
/** In a shorter time what fills at first would look like growth: that is not judged, and nothing is warmed up. */
const LONG_MS = 120_000
/** How often it is looked whether something is due. */
const STEP_MS = 250
const FAULTS: readonly (object | null)[] = [
  null,
  { fault: { kind: 'reset' }, probability: 0.3 },
  { fault: { kind: 'hang' }, probability: 0.2 },
  null,
  { fault: { kind: 'status', status: 500 }, service: 'cdb' },
  { fault: { kind: 'badJson' }, probability: 0.5 },
  { fault: { kind: 'slow', delayMs: 1500 }, service: 'postgres' },
  null,
  { fault: { kind: 'apiError', code: 'RequestLimitExceeded' }, probability: 0.3 },
  { fault: { kind: 'apiError', code: 'AuthFailure.SignatureFailure' }, service: 'postgres' },
  { fault: { kind: 'truncated' }, probability: 0.5 },
  { fault: { kind: 'huge', bytes: 20 * MIB }, probability: 0.05 },
  { fault: { kind: 'reset' } },
]

interface Sample extends Held {
  readonly atMs: number
}

interface Rest {
  readonly descriptors: number | null
  readonly resources: number
}

async function main(durationMs: number): Promise<boolean> {
  const emulator = await startEmulator()
  await tell(emulator, 'latency', { latencyMs: 20 })
  const gateway = await startSoakedGateway(emulator)
  const tally = new SoakTally()
  const isLong = durationMs >= LONG_MS
  if (isLong) await load(gateway, emulator, tally, WARM_UP_MS)
  const before = isLong ? await restOf(gateway, null) : await measure(gateway)
  const samples = await load(gateway, emulator, tally, durationMs)
  const after = await restOf(gateway, before)
  const isAlive = gateway.isAlive()
  const code = await gateway.stop()
  await emulator.stop()
  const verdicts = [
    judgeHeap(samples, isLong),
    verdict(
      'open files afterwards (before)',
      `${after.descriptors ?? 'unknown'} (${before.descriptors ?? 'unknown'})`,
      (after.descriptors ?? 0) <= (before.descriptors ?? 0),
    ),
    verdict(
      'active handles afterwards (before)',
      `${after.resources} (${before.resources})`,
      after.resources <= before.resources,
    ),
    verdict('answers', `${tally.answers}, not as promised ${tally.problems.length}`, isSound(tally)),
    verdict('errors in the log', gateway.errors.length, gateway.errors.length === 0),
    verdict(
      'the process',
      isAlive ? `lived, exit code ${code ?? 'none'}` : 'has ended',
      isAlive && code === 0,
    ),
  ]
  for (const line of [...tally.lines(), ...tally.problems, ...gateway.errors]) print(`  ${line}`)
  return verdicts.every(Boolean)
}

/** Asks, watches and breaks for so long; returns what the gateway held meanwhile. */
async function load(
  gateway: SoakedGateway,
  emulator: Program,
  tally: SoakTally,
  durationMs: number,
): Promise<readonly Sample[]> {
  const beganMs = performance.now()
  const requests = new SoakLoad(gateway.url, PER_SECOND, tally)
  const subscribers = new SoakSubscribers(gateway.url, SUBSCRIBERS, () => requests.task(), tally)
  const samples: Sample[] = []
  // All of them at least once.
  const faultMs = Math.min(FAULT_MS, durationMs / FAULTS.length)
  for (let fault = 0; gateway.isAlive();) {
    const atMs = performance.now() - beganMs
    if (atMs >= durationMs) break
    if (atMs >= (samples.length + 1) * SAMPLE_MS) samples.push({ atMs, ...(await gateway.held()) })
    if (atMs >= fault * faultMs) await tellFault(emulator, FAULTS[fault++ % FAULTS.length] ?? null)
    await sleep(STEP_MS)
  }
  await tell(emulator, 'faults/clear')
  await requests.stop()
  await subscribers.stop()
  return samples
}

async function tellFault(emulator: Program, rule: object | null): Promise<void> {
  await tell(emulator, 'faults/clear')
  if (rule !== null) await tell(emulator, 'faults', rule)
}

/** What is left once nobody asks; waits for it to be no more than it was. */
async function restOf(gateway: SoakedGateway, before: Rest | null): Promise<Rest> {
  const endMs = performance.now() + REST_MS
  let rest = await measure(gateway)
  const isMore = ({ descriptors, resources }: Rest): boolean =>
    before === null || resources > before.resources || (descriptors ?? 0) > (before.descriptors ?? 0)
  while (performance.now() < endMs && isMore(rest)) {
    await sleep(1000)
    rest = await measure(gateway)
  }
  return rest
}

async function measure(gateway: SoakedGateway): Promise<Rest> {
  const { resources } = await gateway.held()
  const count = Object.values(resources).reduce((sum, each) => sum + each, 0)
  return { descriptors: await gateway.descriptors(), resources: count }
}

function judgeHeap(samples: readonly Sample[], isLong: boolean): boolean {
  const most = (of: (sample: Sample) => number) => Math.max(...samples.map(of)) / MIB
  const heapMib = most(({ heapBytes }) => heapBytes)
  print(
    `heap after collection, MiB: ${samples.map(({ heapBytes }) => (heapBytes / MIB).toFixed(0)).join(' ')}`,
  )
  print(`resident at most: ${most(({ rssBytes }) => rssBytes).toFixed(0)} MiB`)
  const isFlat = !isLong || judgeGrowth(samples)
  return (
    verdict('heap after collection, at most', `${heapMib.toFixed(1)} MiB`, heapMib <= LIMITS.heapMib) &&
    isFlat
  )
}

/** Over the last two thirds, as what is kept has to fill first. */
function judgeGrowth(samples: readonly Sample[]): boolean {
  const steady = samples.slice(Math.floor(samples.length / 3))
  const slope = slopeOf(steady.map(({ atMs, heapBytes }) => [atMs / 60_000, heapBytes / MIB]))
  return verdict(
    'heap after collection, growth',
    `${slope.toFixed(2)} MiB a minute`,
    slope < LIMITS.slopeMibPerMinute,
  )
}

/** Of the line with the least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)))
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2))
}

function isSound({ answers, problems }: SoakTally): boolean {
  return answers > 0 && problems.length === 0
}

function verdict(what: string, figure: string | number, isKept: boolean): boolean {
  print(`${isKept ? 'kept  ' : 'BROKEN'} ${what}: ${figure}`)
  return isKept
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seconds: { type: 'string' } },
})
void main(
  values.seconds === undefined ? Number(values.minutes) * 60_000 : Number(values.seconds) * 1000,
).then((isKept) => {
  process.exitCode = isKept ? 0 : 1
})
