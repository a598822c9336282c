import { startEmulator } from '../../src/emulator/start'
import { createEmptyWorld } from '../../src/emulator/world/create-world'
import type { RowId } from '../../src/emulator/world/row'
import { formatBeijingTime } from '../../src/tencent/time'
import {
  CHANGES_PER_SECOND,
  LATENCY_MS,
  REGION,
  RUNNING,
  SERVICES,
  type CallFigures,
  type Service,
  type UpstreamQuestion,
  type UpstreamReport,
} from './live-load'

/** A program of its own: both upstreams, and tasks that tell in their messages when they have changed. */
const FIELDS = {
  cdb: {
    provider: 'CDB',
    running: { TaskStatus: 'RUNNING' },
    ended: { TaskStatus: 'SUCCEED' },
    stamp: (text: string) => ({ Message: text }),
  },
  postgres: {
    provider: 'POSTGRES',
    running: { Status: 'Running' },
    ended: { Status: 'Success' },
    stamp: (text: string) => ({ TaskDetail: { Message: text } }),
  },
} as const

const world = createEmptyWorld()
const tasks = { cdb: fill('cdb'), postgres: fill('postgres') }
const last: Record<string, number> = {}
let changes = 0
let markedMs = Date.now()

void main()

async function main(): Promise<void> {
  const { url, log } = await startEmulator({ world, latencyMs: LATENCY_MS })
  const figures = (service: Service): CallFigures => {
    const count = log.count({ service })
    const perSecond = (count * 1000) / (Date.now() - markedMs)
    return { count, perSecond, mostInASecond: log.maxPerSecond({ service }) }
  }
  const report = (): UpstreamReport => ({
    atMs: Date.now(),
    changes,
    calls: { cdb: figures('cdb'), postgres: figures('postgres') },
    last,
  })
  let motion = move()
  process.on('message', (question: UpstreamQuestion) => {
    if (question !== 'mark') clearInterval(motion)
    if (question === 'move') motion = move()
    process.send?.(report())
    if (question !== 'mark') return
    log.clear()
    changes = 0
    markedMs = Date.now()
  })
  process.once('disconnect', () => process.exit())
  process.send?.(url)
}

/** In turn, so that each task changes once in five seconds. */
function move(): NodeJS.Timeout {
  const beganMs = performance.now()
  let step = 0
  return setInterval(() => {
    for (; step < ((performance.now() - beganMs) * CHANGES_PER_SECOND) / 1000; step++)
      for (const service of SERVICES) change(service, step % RUNNING)
  }, 1000 / CHANGES_PER_SECOND)
}

function change(service: Service, at: number): void {
  const id = tasks[service][at]
  if (id === undefined) return
  const { provider, stamp } = FIELDS[service]
  const nowMs = Date.now()
  world.change(service, REGION, id, stamp(String(nowMs)))
  last[`${provider} ${id.toString()}`] = nowMs
  changes += 1
}

/** Of the newest 300 two in three run; gives the ids of those. */
function fill(service: Service): readonly RowId[] {
  const { running, ended, stamp } = FIELDS[service]
  const nowSecond = Math.floor(Date.now() / 1000)
  const ids: RowId[] = []
  for (let place = (RUNNING * 3) / 2; place > 0; place--) {
    const startSecond = nowSecond - place * 3
    const isRunning = place % 3 !== 0
    const id = world.insert(service, REGION, {
      StartTime: formatBeijingTime(startSecond),
      EndTime: isRunning ? '' : formatBeijingTime(startSecond + 1),
      ...(isRunning ? { ...running, ...stamp('0') } : ended),
    })
    if (isRunning) ids.push(id)
  }
  return ids
}
