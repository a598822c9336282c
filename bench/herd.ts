import { createEmptyWorld } from '../src/emulator/world/create-world'
import type { WireRow } from '../src/emulator/world/row'
import { startEmulator } from '../src/emulator/start'
import { formatBeijingTime } from '../src/tencent/time'
import { everySecond } from './support/clients'
import { startGateway } from './support/gateway'
import { History } from './support/history'
import { Judge } from './support/judge'

/**
 * A thousand clients list the newest tasks once a second, while a task starts or finishes every 50 ms. Every answer is
 * compared with what was true at some moment: both products' lists, their order, and nothing left out between them.
 */
const CLIENTS = 1000
const SECONDS = 10
const PAGE = 20
const REGION = 'ap-guangzhou'
const SERVICES = ['cdb', 'postgres'] as const
const FIELDS = {
  cdb: { provider: 'CDB', id: 'JobId', status: 'TaskStatus', running: 'RUNNING', done: 'SUCCEED' },
  postgres: { provider: 'POSTGRES', id: 'TaskId', status: 'Status', running: 'Running', done: 'Success' },
} as const
const QUERY = `{ tasks(first: ${PAGE}) { nodes { provider taskId rawStatus startedAt } sources { error { code } } } }`

type Service = (typeof SERVICES)[number]

interface Line {
  readonly provider: string
  readonly taskId: string
  readonly rawStatus: string
  readonly startedAt: string
}

const world = createEmptyWorld()
const histories = { cdb: new History<readonly Line[]>(), postgres: new History<readonly Line[]>() }

void main()

async function main(): Promise<void> {
  for (const service of SERVICES) for (let age = 300; age > 0; age--) begin(service, age)
  const emulator = await startEmulator({ world, latencyMs: 30 })
  const gateway = await startGateway(emulator, REGION)
  // What runs for the first time is slow, which is not what this measures.
  await everySecond(100, 3, () => gateway.query(QUERY))
  await new Promise((resolve) => setTimeout(resolve, 1500))
  emulator.log.clear()
  let step = 0
  const motion = setInterval(() => move(step++), 50)
  const judge = new Judge()
  await everySecond(CLIENTS, SECONDS, () => judge.time(() => gateway.query(QUERY), ageOf))
  clearInterval(motion)
  const kept = judge.tell(emulator, { calls: 29, ageMs: 1500 })
  await gateway.stop()
  await emulator.close()
  process.exitCode = kept ? 0 : 1
}

/** In turn a task of each product starts, and one of each that started a second ago finishes. */
function move(step: number): void {
  const service = SERVICES[step % 2] ?? 'cdb'
  if (step % 4 < 2) begin(service, 0)
  else {
    const { id, status, done } = FIELDS[service]
    const running = world.rows(service, REGION).findLast((row) => row[status] !== done)
    if (running !== undefined) world.change(service, REGION, Number(running[id]), { [status]: done })
  }
  remember(service)
}

function begin(service: Service, ageSeconds: number): void {
  const { status, running, done } = FIELDS[service]
  const second = Math.floor(Date.now() / 1000) - ageSeconds
  const state = ageSeconds > 0 ? done : running
  world.insert(service, REGION, { StartTime: formatBeijingTime(second), EndTime: '', [status]: state })
  remember(service)
}

function remember(service: Service): void {
  const lines = world.rows(service, REGION).slice(0, PAGE + 1)
  histories[service].add(lines.map((row) => lineOf(service, row)))
}

function lineOf(service: Service, row: WireRow): Line {
  const { provider, id, status } = FIELDS[service]
  const startedAt = new Date(`${String(row['StartTime']).replace(' ', 'T')}+08:00`).toISOString()
  return { provider, taskId: String(row[id]), rawStatus: String(row[status]), startedAt }
}

/** The age of the older of its two halves. */
function ageOf(answer: unknown): number | null {
  const { tasks } = (
    answer as { data: { tasks: { nodes: readonly Line[]; sources: readonly { error: unknown }[] } } }
  ).data
  const { nodes } = tasks
  const isWhole = nodes.length === PAGE && tasks.sources.every(({ error }) => error === null)
  const isSorted = nodes.every((line, at) => at === 0 || comesAfter(line, nodes[at - 1]))
  if (!isWhole || !isSorted) return null
  const ages = SERVICES.map((service) => {
    const shown = nodes.filter(({ provider }) => provider === FIELDS[service].provider)
    return histories[service].ageMs(
      (lines) =>
        shown.every((line, at) => isSame(line, lines[at])) && comesAfter(lines[shown.length], nodes.at(-1)),
    )
  })
  return ages.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)), 0)
}

function isSame(a: Line, b: Line | undefined): boolean {
  return (
    a.taskId === b?.taskId &&
    a.rawStatus === b.rawStatus &&
    Date.parse(a.startedAt) === Date.parse(b.startedAt)
  )
}

/** In the promised order, newest first, ties by product and number. */
function comesAfter(later: Line | undefined, earlier: Line | undefined): boolean {
  if (later === undefined || earlier === undefined) return true
  const seconds = Date.parse(earlier.startedAt) - Date.parse(later.startedAt)
  if (seconds !== 0) return seconds > 0
  if (later.provider !== earlier.provider) return later.provider < earlier.provider
  return BigInt(later.taskId) < BigInt(earlier.taskId)
}
