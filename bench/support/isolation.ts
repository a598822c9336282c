import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from './emulator-control'
import { ask, askSteadily, p99, PRODUCTS, type Product, type Took } from './product-load'
import { startGateway, type Program } from './programs'

/** How the latency of one product takes an outage of the other. */
export interface Isolation {
  readonly broken: Product
  readonly fault: string
  /** Medians of the turns, ms. */
  readonly p99Without: number
  readonly p99With: number
  /** Over all answers, ms. */
  readonly allWithout: number
  readonly allWith: number
  readonly answers: number
  readonly failures: number
}

/** Turns with and without the outage alternate, so that a machine which grows slower or faster tells nothing. */
const TURNS = 20
const TURN_MS = 2500
const MEASURED_PER_SECOND = 80
const BROKEN_PER_SECOND = 20
const WARM_UP_MS = 10_000
const LATENCY_MS = 30
const OPEN_WITHIN_MS = 50
const RATES = { TASK_GATEWAY_CDB_RATE: '1000', TASK_GATEWAY_POSTGRES_RATE: '1000' }

/** Lists of one product while the other answers, and while its breaker is open. */
export async function measureIsolation(
  emulator: Program,
  broken: Product,
  fault: string,
): Promise<Isolation> {
  await tell(emulator, 'quota', { on: false })
  await tell(emulator, 'latency', { latencyMs: LATENCY_MS })
  const gateway = await startGateway(emulator, RATES)
  const measured = PRODUCTS.find((product) => product !== broken) ?? broken
  // What runs for the first time is slow, which is not what this measures.
  await takeTurn(gateway, measured, broken, WARM_UP_MS)
  const turns = { without: [] as (readonly Took[])[], with: [] as (readonly Took[])[] }
  for (let turn = 0; turn < TURNS; turn++) {
    turns.without.push(await takeTurn(gateway, measured, broken, TURN_MS))
    await tell(emulator, 'faults', { fault: { kind: fault }, service: broken })
    await untilOpen(gateway, broken)
    turns.with.push(await takeTurn(gateway, measured, broken, TURN_MS))
    await tell(emulator, 'faults/clear')
    while (!(await ask(gateway, broken)).isClean) await sleep(100)
  }
  await gateway.stop()
  await tell(emulator, 'latency', { latencyMs: 0 })
  await tell(emulator, 'quota', { on: true })
  return {
    broken,
    fault,
    p99Without: median(turns.without.map(p99)),
    p99With: median(turns.with.map(p99)),
    allWithout: p99(turns.without.flat()),
    allWith: p99(turns.with.flat()),
    answers: turns.with.flat().length,
    failures: turns.with.flat().filter(({ isClean }) => !isClean).length,
  }
}

/** Both products are asked; the answers of the one that is measured. */
async function takeTurn(
  gateway: Program,
  measured: Product,
  broken: Product,
  durationMs: number,
): Promise<readonly Took[]> {
  const [took] = await Promise.all([
    askSteadily(MEASURED_PER_SECOND, durationMs, () => ask(gateway, measured)),
    askSteadily(BROKEN_PER_SECOND, durationMs, () => ask(gateway, broken)),
  ])
  return took
}

async function untilOpen(gateway: Program, broken: Product): Promise<void> {
  const isOpen = async (): Promise<boolean> => {
    // Several at once, since each waits for its own silent call until the breaker is open.
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(gateway, broken)))
    return answers.every(({ isClean, ms }) => !isClean && ms < OPEN_WITHIN_MS)
  }
  while (!(await isOpen())) await sleep(20)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}
