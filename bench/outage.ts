import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { callsOf, readLog, tell } from './support/emulator-control'
import { measureIsolation } from './support/isolation'
import { ask, askBoth, askSteadily, p99, PRODUCTS, type Product } from './support/product-load'
import { startEmulator, startGateway, type Program } from './support/programs'

/**
 * What an outage costs and what the quota lets through, told by the emulator's own log. Emulator and gateway are
 * processes of their own on loopback; build both first.
 */
const OUTAGE_MS = 30_000
const QUOTA_MS = 20_000
/** Requests a second for each product. */
const PACE = 20

const PARTS: Readonly<Record<string, (emulator: Program) => Promise<void>>> = {
  async outage(emulator) {
    for (const fault of [{ kind: 'reset' }, { kind: 'status', status: 500 }, { kind: 'hang' }])
      await measureOutage(emulator, fault)
  },
  async isolation(emulator) {
    for (const fault of ['reset', 'hang'])
      for (const broken of PRODUCTS) await tellIsolation(emulator, broken, fault)
  },
  resets: measureResets,
  quota: measureQuota,
}

async function main(parts: readonly string[]): Promise<void> {
  const emulator = await startEmulator()
  for (const [name, measure] of Object.entries(PARTS))
    if (parts.length === 0 || parts.includes(name)) await measure(emulator)
  await emulator.stop()
}

async function measureOutage(emulator: Program, fault: Readonly<Record<string, unknown>>): Promise<void> {
  const gateway = await startGateway(emulator)
  const load = (product: Product, ms: number) => askSteadily(PACE, ms, () => ask(gateway, product))
  const both = (ms: number) => Promise.all([load('cdb', ms), load('postgres', ms)])
  await both(2000)
  await tell(emulator, 'log/clear')
  await tell(emulator, 'faults', { fault, service: 'cdb' })
  const [cdb, postgres] = await both(OUTAGE_MS)
  const attempts = await callsOf(emulator, 'cdb')
  await tell(emulator, 'faults/clear')
  const beganMs = performance.now()
  while (!(await ask(gateway, 'cdb')).isClean) await sleep(20)
  const recoveredMs = performance.now() - beganMs
  const late = cdb.findIndex(({ ms }, at) => ms < 100 && at > 0)
  print(`outage of CDB: ${JSON.stringify(fault)}`, {
    'attempts / requests': (attempts / cdb.length).toFixed(3),
    'answers at once from, s': (late / PACE).toFixed(1),
    'CDB p99 in the outage, ms': p99(cdb.slice(3 * PACE)).toFixed(1),
    'Postgres failures': postgres.filter(({ isClean }) => !isClean).length,
    'back after, s': (recoveredMs / 1000).toFixed(2),
  })
  await gateway.stop()
}

async function tellIsolation(emulator: Program, product: Product, kind: string): Promise<void> {
  const { broken, fault, ...took } = await measureIsolation(emulator, product, kind)
  const ratio = (a: number, b: number) => `${a.toFixed(1)} / ${b.toFixed(1)} = ${(a / b).toFixed(3)}`
  print(`the other product while the breaker of ${broken} is open: ${fault}`, {
    'p99 with / without the outage, ms, medians of the turns': ratio(took.p99With, took.p99Without),
    'the same over all answers': ratio(took.allWith, took.allWithout),
    answers: took.answers,
    failures: took.failures,
    'load of the machine': loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
  })
}

async function measureResets(emulator: Program): Promise<void> {
  const gateway = await startGateway(emulator)
  await tell(emulator, 'faults', { fault: { kind: 'reset' }, probability: 0.2 })
  const clean: boolean[] = []
  for (let request = 0; request < 1000; request++) clean.push((await askBoth(gateway)).isClean)
  await tell(emulator, 'faults/clear')
  print('a fifth of upstream calls reset', { 'clean of 1000': clean.filter(Boolean).length })
  await gateway.stop()
}

async function measureQuota(emulator: Program): Promise<void> {
  for (const latencyMs of [0, 50, 150]) {
    const gateway = await startGateway(emulator)
    await tell(emulator, 'latency', { latencyMs })
    await tell(emulator, 'log/clear')
    const endMs = performance.now() + QUOTA_MS
    let instance = 0
    const worker = async (product: Product): Promise<void> => {
      while (performance.now() < endMs) await ask(gateway, product, `-${instance++}`)
    }
    const workers = PRODUCTS.flatMap((product) => Array.from({ length: 100 }, () => worker(product)))
    await Promise.all(workers)
    const log = await readLog(emulator)
    const figures = PRODUCTS.flatMap((product) => {
      const times = log.calls.filter(({ service }) => service === product).map(({ atMs }) => atMs)
      const [firstMs = 0] = times
      const steady = times.filter((atMs) => atMs >= firstMs + 5000 && atMs < firstMs + QUOTA_MS - 2000)
      const quota = product === 'cdb' ? 50 : 20
      const used = steady.length / ((QUOTA_MS - 7000) / 1000) / quota
      return [
        [`${product}: most in a second`, `${busiest(times)} of ${quota}`],
        [`${product}: used`, `${(used * 100).toFixed(1)} %`],
      ]
    })
    const refused = log.calls.filter(({ outcome }) => outcome === 'RequestLimitExceeded').length
    print(`more wanted than the quota, latency ${latencyMs} ms`, {
      ...(Object.fromEntries(figures) as Record<string, string>),
      'refused upstream': refused,
    })
    await tell(emulator, 'latency', { latencyMs: 0 })
    await gateway.stop()
    await sleep(1100)
  }
}

function busiest(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((fromMs) => times.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length),
  )
}

function print(title: string, figures: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`\n${title}\n`)
  for (const [name, figure] of Object.entries(figures)) process.stdout.write(`  ${name}: ${String(figure)}\n`)
}

const { positionals } = parseArgs({ allowPositionals: true })
void main(positionals)
