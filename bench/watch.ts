import { createEmptyWorld } from '../src/emulator/world/create-world'
import { startEmulator } from '../src/emulator/start'
import { encodeTaskId } from '../src/tasks/id'
import { formatBeijingTime } from '../src/tencent/time'
import { everySecond } from './support/clients'
import { startGateway } from './support/gateway'
import { History } from './support/history'
import { Judge } from './support/judge'

/**
 * 200 clients watch one running task each, by its id, once a second. The tasks lie all over the newest 300 of each
 * product; each makes progress twice a second, and newer tasks push them on.
 */
const SECONDS = 10
const EACH = 100
const REGION = 'ap-guangzhou'
const SERVICES = ['cdb', 'postgres'] as const
const QUERY = 'query ($id: ID!) { task(id: $id) { id progress isFinished } }'

interface Watched {
  readonly id: string
  readonly history: History<number>
  move(): void
}

const world = createEmptyWorld()

void main()

async function main(): Promise<void> {
  const watched = SERVICES.flatMap((service) => fill(service))
  const emulator = await startEmulator({ world, latencyMs: 30 })
  const gateway = await startGateway(emulator, REGION)
  await everySecond(100, 3, () => gateway.query('{ taskSources { name } }'))
  emulator.log.clear()
  const motions = [
    setInterval(() => watched.forEach((task) => task.move()), 500),
    setInterval(() => SERVICES.forEach((service) => insert(service, 0)), 700),
  ]
  const judge = new Judge()
  await everySecond(watched.length, SECONDS, async (client) => {
    const task = watched[client]
    if (task === undefined) return
    await judge.time(
      () => gateway.query(QUERY, { id: task.id }),
      (answer) => ageOf(answer, task),
    )
  })
  motions.forEach(clearInterval)
  const kept = judge.tell(emulator, { calls: 80, ageMs: 1500 })
  await gateway.stop()
  await emulator.close()
  process.exitCode = kept ? 0 : 1
}

/** 400 tasks, of which every second of 200 is watched, from place 1 to about place 270. */
function fill(service: (typeof SERVICES)[number]): readonly Watched[] {
  const watched: Watched[] = []
  for (let place = 400; place > 0; place--) {
    const number = insert(service, place * 3)
    if (place <= 270 && place % 27 < 10) watched.push(watch(service, number))
  }
  return watched.slice(-EACH)
}

function insert(service: (typeof SERVICES)[number], ageSeconds: number): number {
  const second = Math.floor(Date.now() / 1000) - ageSeconds
  const running = service === 'cdb' ? { TaskStatus: 'RUNNING' } : { Status: 'Running' }
  const row = { ...running, StartTime: formatBeijingTime(second), EndTime: '', Progress: 0 }
  const requestId = service === 'cdb' ? { AsyncRequestId: requestIdOf(second, ageSeconds) } : {}
  return Number(world.insert(service, REGION, { ...row, ...requestId }))
}

function requestIdOf(second: number, ageSeconds: number): string {
  return [second, ageSeconds, 0, 0].map((part) => part.toString(16).padStart(8, '0')).join('-')
}

function watch(service: (typeof SERVICES)[number], number: number): Watched {
  const provider = service === 'cdb' ? 'CDB' : 'POSTGRES'
  const row = world
    .rows(service, REGION)
    .find((one) => one[service === 'cdb' ? 'JobId' : 'TaskId'] === number)
  const hint = service === 'cdb' ? { asyncRequestId: String(row?.['AsyncRequestId']) } : null
  const history = new History<number>()
  history.add(0)
  let progress = 0
  return {
    id: encodeTaskId({
      source: { provider, account: 'default', region: REGION },
      number: BigInt(number),
      hint,
    }),
    history,
    move() {
      progress += 1
      world.change(service, REGION, number, { Progress: progress })
      history.add(progress)
    },
  }
}

function ageOf(answer: unknown, { id, history }: Watched): number | null {
  const { task } = (
    answer as { data: { task: { id: string; progress: number; isFinished: boolean } | null } }
  ).data
  if (task?.id !== id || task.isFinished) return null
  return history.ageMs((progress) => progress === task.progress)
}
