import { startEmulator, type Emulator } from '../../src/emulator/start'
import { createEmptyWorld } from '../../src/emulator/world/create-world'
import type { World } from '../../src/emulator/world/world'
import { formatBeijingTime } from '../../src/tencent/time'
import { everySecond } from './clients'
import type { MeasuredGateway } from './gateway'
import { History } from './history'
import { Judge } from './judge'

/** How long is watched, and how many tasks of each product. */
export const WATCH = { seconds: 10, each: 100 } as const

const REGION = 'ap-guangzhou'
const SERVICES = ['cdb', 'postgres'] as const
const QUERY = 'query ($id: ID!) { task(id: $id) { id status progress } }'

type Service = (typeof SERVICES)[number]

/** What tells one task from all others upstream. */
export interface TaskName {
  readonly provider: 'CDB' | 'POSTGRES'
  readonly region: string
  readonly number: number
  /** CDB's alone. */
  readonly asyncRequestId: string | null
}

interface Watched {
  readonly id: string
  readonly history: History<number>
  move(): void
}

interface Shown {
  readonly id: string
  readonly status: string
  readonly progress: number
}

interface Answer {
  readonly data?: { readonly task: Shown | null } | null
}

/**
 * 200 clients watch one running task each, by its id, once a second. The tasks lie all over the newest 300 of each
 * product; each makes progress twice a second, and newer tasks push them on.
 * @param idOf the id by which whoever is measured knows a task
 */
export async function runWatch(
  start: (emulator: Emulator, region: string) => Promise<MeasuredGateway>,
  idOf: (name: TaskName) => string,
  use: (judge: Judge, emulator: Emulator) => void,
): Promise<void> {
  const world = createEmptyWorld()
  const watched = SERVICES.flatMap((service) => fill(world, service, idOf))
  const emulator = await startEmulator({ world, latencyMs: 30 })
  const gateway = await start(emulator, REGION)
  await everySecond(100, 3, () => gateway.query('{ __typename }'))
  emulator.log.clear()
  const motions = [
    setInterval(() => watched.forEach((task) => task.move()), 500),
    setInterval(() => SERVICES.forEach((service) => insert(world, service, 0)), 700),
  ]
  const judge = new Judge()
  await everySecond(watched.length, WATCH.seconds, async (client) => {
    const task = watched[client]
    if (task === undefined) return
    await judge.time(
      () => gateway.query(QUERY, { id: task.id }),
      (answer) => ageOf(answer, task),
    )
  })
  motions.forEach(clearInterval)
  use(judge, emulator)
  await gateway.stop()
  await emulator.close()
}

/** 400 tasks, of which every second of 200 is watched, from place 1 to about place 270. */
function fill(world: World, service: Service, idOf: (name: TaskName) => string): readonly Watched[] {
  const watched: Watched[] = []
  for (let place = 400; place > 0; place--) {
    const number = insert(world, service, place * 3)
    if (place <= 270 && place % 27 < 10) watched.push(watch(world, service, number, idOf))
  }
  return watched.slice(-WATCH.each)
}

function insert(world: World, service: Service, ageSeconds: number): number {
  const second = Math.floor(Date.now() / 1000) - ageSeconds
  const running = service === 'cdb' ? { TaskStatus: 'RUNNING' } : { Status: 'Running' }
  const row = { ...running, StartTime: formatBeijingTime(second), EndTime: '', Progress: 0 }
  const requestId = service === 'cdb' ? { AsyncRequestId: requestIdOf(second, ageSeconds) } : {}
  return Number(world.insert(service, REGION, { ...row, ...requestId }))
}

function requestIdOf(second: number, ageSeconds: number): string {
  return [second, ageSeconds, 0, 0].map((part) => part.toString(16).padStart(8, '0')).join('-')
}

function watch(world: World, service: Service, number: number, idOf: (name: TaskName) => string): Watched {
  const row = world
    .rows(service, REGION)
    .find((one) => one[service === 'cdb' ? 'JobId' : 'TaskId'] === number)
  const asyncRequestId = service === 'cdb' ? String(row?.['AsyncRequestId']) : null
  const history = new History<number>()
  history.add(0)
  let progress = 0
  return {
    id: idOf({ provider: service === 'cdb' ? 'CDB' : 'POSTGRES', region: REGION, number, asyncRequestId }),
    history,
    move() {
      progress += 1
      world.change(service, REGION, number, { Progress: progress })
      history.add(progress)
    },
  }
}

function ageOf(answer: unknown, { id, history }: Watched): number | null {
  const task = (answer as Answer).data?.task
  if (task?.id !== id || task.status !== 'RUNNING') return null
  return history.ageMs((progress) => progress === task.progress)
}
