import { startEmulator, type Emulator } from '../../src/emulator/start'
import { createEmptyWorld } from '../../src/emulator/world/create-world'
import type { WireRow } from '../../src/emulator/world/row'
import type { World } from '../../src/emulator/world/world'
import { formatBeijingTime } from '../../src/tencent/time'
import { everySecond } from './clients'
import type { MeasuredGateway } from './gateway'
import { History } from './history'
import { Judge } from './judge'

/** How many ask, and how long. */
export const HERD = { clients: 1000, seconds: 10 } as const

const PAGE = 20
const REGION = 'ap-guangzhou'
const SERVICES = ['cdb', 'postgres'] as const
const FIELDS = {
  cdb: { provider: 'CDB', id: 'JobId', status: 'TaskStatus', running: 'RUNNING', done: 'SUCCEED' },
  postgres: { provider: 'POSTGRES', id: 'TaskId', status: 'Status', running: 'Running', done: 'Success' },
} as const

type Service = (typeof SERVICES)[number]

interface Line {
  readonly provider: string
  readonly taskId: string
  readonly rawStatus: string
  readonly startedAt: string
}

interface Answer {
  readonly data?: {
    readonly tasks: {
      readonly nodes: readonly Line[]
      /** Absent where the question did not ask for it. */
      readonly sources?: readonly { readonly error: unknown }[]
    } | null
  } | null
}

/**
 * A thousand clients list the newest tasks once a second, while a task starts or finishes every 50 ms. Every answer is
 * compared with what was true at some moment: both products' lists, their order, and nothing left out between them.
 * @param rest what else a question asks for beside the tasks
 */
export async function runHerd(
  start: (emulator: Emulator, region: string) => Promise<MeasuredGateway>,
  rest: string,
  use: (judge: Judge, emulator: Emulator) => void,
): Promise<void> {
  const query = `{ tasks(first: ${PAGE}) { nodes { provider taskId rawStatus startedAt } ${rest} } }`
  const tasks = new MovingTasks()
  const emulator = await startEmulator({ world: tasks.world, latencyMs: 30 })
  const gateway = await start(emulator, REGION)
  // What runs for the first time is slow, which is not what this measures.
  await everySecond(100, 3, () => gateway.query(query))
  await new Promise((resolve) => setTimeout(resolve, 1500))
  emulator.log.clear()
  const motion = setInterval(() => tasks.move(), 50)
  const judge = new Judge()
  await everySecond(HERD.clients, HERD.seconds, () =>
    judge.time(
      () => gateway.query(query),
      (answer) => tasks.ageOf(answer),
    ),
  )
  clearInterval(motion)
  use(judge, emulator)
  await gateway.stop()
  await emulator.close()
}

/** What the emulator serves, and what it served before. */
class MovingTasks {
  readonly world: World = createEmptyWorld()
  private readonly histories = {
    cdb: new History<readonly Line[]>(),
    postgres: new History<readonly Line[]>(),
  }
  private step = 0

  constructor() {
    for (const service of SERVICES) for (let age = 300; age > 0; age--) this.begin(service, age)
  }

  /** In turn a task of each product starts, and one of each that started a second ago finishes. */
  move(): void {
    const step = this.step++
    const service = SERVICES[step % 2] ?? 'cdb'
    if (step % 4 < 2) {
      this.begin(service, 0)
      return
    }
    const { id, status, done } = FIELDS[service]
    const running = this.world.rows(service, REGION).findLast((row) => row[status] !== done)
    if (running !== undefined) this.world.change(service, REGION, Number(running[id]), { [status]: done })
    this.remember(service)
  }

  /** The age of the older of its two halves; null where they were never true. */
  ageOf(answer: unknown): number | null {
    const tasks = (answer as Answer).data?.tasks
    if (tasks === undefined || tasks === null) return null
    const { nodes, sources = [] } = tasks
    const isWhole = nodes.length === PAGE && sources.every(({ error }) => error === null)
    const isSorted = nodes.every((line, at) => at === 0 || comesAfter(line, nodes[at - 1]))
    if (!isWhole || !isSorted) return null
    const ages = SERVICES.map((service) => {
      const shown = nodes.filter(({ provider }) => provider === FIELDS[service].provider)
      return this.histories[service].ageMs(
        (lines) =>
          shown.every((line, at) => isSame(line, lines[at])) && comesAfter(lines[shown.length], nodes.at(-1)),
      )
    })
    return ages.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)), 0)
  }

  private begin(service: Service, ageSeconds: number): void {
    const { status, running, done } = FIELDS[service]
    const second = Math.floor(Date.now() / 1000) - ageSeconds
    const state = ageSeconds > 0 ? done : running
    this.world.insert(service, REGION, { StartTime: formatBeijingTime(second), EndTime: '', [status]: state })
    this.remember(service)
  }

  private remember(service: Service): void {
    const lines = this.world.rows(service, REGION).slice(0, PAGE + 1)
    this.histories[service].add(lines.map((row) => lineOf(service, row)))
  }
}

function lineOf(service: Service, row: WireRow): Line {
  const { provider, id, status } = FIELDS[service]
  const startedAt = new Date(`${String(row['StartTime']).replace(' ', 'T')}+08:00`).toISOString()
  return { provider, taskId: String(row[id]), rawStatus: String(row[status]), startedAt }
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
