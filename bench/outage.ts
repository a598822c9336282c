import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What an outage costs and what the quota lets through, told by the emulator's own log. Emulator and gateway are
 * processes of their own on loopback; build both first.
 */
const OUTAGE_MS = 30_000
const QUOTA_MS = 20_000
/** Requests a second for each product. */
const PACE = 20

const started: ChildProcess[] = []

interface Took {
  readonly ms: number
  readonly isClean: boolean
}

interface Loaded {
  readonly cdbTasks: readonly Took[]
  readonly postgresTasks: readonly Took[]
}

async function main(): Promise<void> {
  const emulator = await start('emulator/main.js', { EMULATOR_PORT: '0' }, /emulated at (\S+)/)
  for (const fault of [{ kind: 'reset' }, { kind: 'status', status: 500 }, { kind: 'hang' }]) {
    await measureOutage(emulator, fault)
  }
  await measureResets(emulator)
  await measureQuota(emulator)
}

async function measureOutage(emulator: string, fault: Readonly<Record<string, unknown>>): Promise<void> {
  const gateway = await startGateway(emulator, { TASK_GATEWAY_CACHE_TTL_MS: '0' })
  await load(gateway, 2000)
  const before = await load(gateway, 10_000)
  await tell(emulator, 'log/clear')
  await tell(emulator, 'faults', { fault, service: 'cdb' })
  const during = await load(gateway, OUTAGE_MS)
  const attempts = await callsOf(emulator, 'cdb')
  await tell(emulator, 'faults/clear')
  const beganMs = performance.now()
  while (!(await ask(gateway, 'cdbTasks')).isClean) await sleep(20)
  const recoveredMs = performance.now() - beganMs
  const late = during.cdbTasks.findIndex(({ ms }, at) => ms < 100 && at > 0)
  print(`outage of CDB: ${JSON.stringify(fault)}`, {
    'attempts / requests': (attempts / during.cdbTasks.length).toFixed(3),
    'answers at once from, s': (late / PACE).toFixed(1),
    'CDB p99 in the outage, ms': p99(during.cdbTasks.slice(3 * PACE)),
    'Postgres p99 before, ms': p99(before.postgresTasks),
    'Postgres p99 in the outage, ms': p99(during.postgresTasks),
    'Postgres failures': during.postgresTasks.filter(({ isClean }) => !isClean).length,
    'back after, s': (recoveredMs / 1000).toFixed(2),
  })
  await stop(started.pop())
}

async function measureResets(emulator: string): Promise<void> {
  const gateway = await startGateway(emulator, { TASK_GATEWAY_CACHE_TTL_MS: '0' })
  await tell(emulator, 'faults', { fault: { kind: 'reset' }, probability: 0.2 })
  const clean: boolean[] = []
  for (let request = 0; request < 1000; request++) clean.push((await ask(gateway, 'tasks')).isClean)
  await tell(emulator, 'faults/clear')
  print('a fifth of upstream calls reset', { 'clean of 1000': clean.filter(Boolean).length })
  await stop(started.pop())
}

async function measureQuota(emulator: string): Promise<void> {
  for (const latencyMs of [0, 50, 150]) {
    const gateway = await startGateway(emulator, { TASK_GATEWAY_CACHE_TTL_MS: '0' })
    await tell(emulator, 'latency', { latencyMs })
    await tell(emulator, 'log/clear')
    const endMs = performance.now() + QUOTA_MS
    let instance = 0
    const worker = async (field: string): Promise<void> => {
      while (performance.now() < endMs) await ask(gateway, field, `-${instance++}`)
    }
    const fields = ['cdbTasks', 'postgresTasks'].flatMap((field) => Array.from({ length: 100 }, () => field))
    await Promise.all(fields.map(worker))
    const log = await readLog(emulator)
    const figures = ['cdb', 'postgres'].flatMap((service) => {
      const times = log.calls.filter((call) => call.service === service).map(({ atMs }) => atMs)
      const [firstMs = 0] = times
      const steady = times.filter((atMs) => atMs >= firstMs + 5000 && atMs < firstMs + QUOTA_MS - 2000)
      const quota = service === 'cdb' ? 50 : 20
      const used = steady.length / ((QUOTA_MS - 7000) / 1000) / quota
      return [
        [`${service}: most in a second`, `${busiest(times)} of ${quota}`],
        [`${service}: used`, `${(used * 100).toFixed(1)} %`],
      ]
    })
    const refused = log.calls.filter(({ outcome }) => outcome === 'RequestLimitExceeded').length
    print(`more wanted than the quota, latency ${latencyMs} ms`, {
      ...(Object.fromEntries(figures) as Record<string, string>),
      'refused upstream': refused,
    })
    await tell(emulator, 'latency', { latencyMs: 0 })
    await stop(started.pop())
    await sleep(1100)
  }
}

/** Asks for both products at the pace, whether answers come or not. */
async function load(gateway: string, durationMs: number): Promise<Loaded> {
  const cdbTasks: Promise<Took>[] = []
  const postgresTasks: Promise<Took>[] = []
  const beganMs = performance.now()
  for (let turn = 0; (turn * 1000) / PACE < durationMs; turn++) {
    await sleep(Math.max(0, beganMs + (turn * 1000) / PACE - performance.now()))
    cdbTasks.push(ask(gateway, 'cdbTasks'))
    postgresTasks.push(ask(gateway, 'postgresTasks'))
  }
  return { cdbTasks: await Promise.all(cdbTasks), postgresTasks: await Promise.all(postgresTasks) }
}

async function ask(gateway: string, field: string, instance?: string): Promise<Took> {
  const prefix = field === 'cdbTasks' ? 'cdb' : 'postgres'
  const filter = instance === undefined ? '' : `, filter: { instanceIds: ["${prefix}${instance}"] }`
  const beganMs = performance.now()
  const answer = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ ${field}(first: 5${filter}) { nodes { id } } }` }),
  })
  const text = await answer.text()
  return { ms: performance.now() - beganMs, isClean: !text.includes('"errors"') }
}

interface Log {
  readonly calls: readonly { readonly atMs: number; readonly service: string; readonly outcome: string }[]
}

async function readLog(emulator: string): Promise<Log> {
  return (await (await fetch(`${emulator}/__emulator/log`)).json()) as Log
}

async function callsOf(emulator: string, service: string): Promise<number> {
  return (await readLog(emulator)).calls.filter((call) => call.service === service).length
}

async function tell(emulator: string, route: string, body: unknown = {}): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${emulator}/__emulator/${route}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

function busiest(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((fromMs) => times.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length),
  )
}

function p99(took: readonly Took[]): string {
  const sorted = took.map(({ ms }) => ms).sort((a, b) => a - b)
  return (sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0).toFixed(1)
}

function print(title: string, figures: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`\n${title}\n`)
  for (const [name, figure] of Object.entries(figures)) process.stdout.write(`  ${name}: ${String(figure)}\n`)
}

function startGateway(emulator: string, env: Readonly<Record<string, string>>): Promise<string> {
  const settings = {
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TENCENTCLOUD_SECRET_ID: 'AKIDEMULATEDKEYFORTHEDEMOONLY',
    TENCENTCLOUD_SECRET_KEY: 'emulated-secret-for-the-demo-only',
    TENCENTCLOUD_REGION: 'ap-guangzhou',
    TASK_GATEWAY_CDB_ENDPOINT: emulator,
    TASK_GATEWAY_POSTGRES_ENDPOINT: emulator,
    LOG_LEVEL: 'info',
  }
  return start('main.js', { ...settings, ...env }, /"url":"([^"]+)"/)
}

/** The address that the program prints. */
async function start(file: string, env: Readonly<Record<string, string>>, address: RegExp): Promise<string> {
  const child = spawn(process.execPath, [join(__dirname, '..', '..', file)], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += text.length < 10_000 ? chunk.toString() : ''))
  for (;;) {
    const url = address.exec(text)?.[1]
    if (url !== undefined) return url
    await once(child.stdout, 'data')
  }
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

void main().finally(() => Promise.all(started.map(stop)))
