import { formatBeijingTime } from '../../tencent/time'
import { CDB_TYPES } from './cdb-words'
import { drawDuration, progressAt, type DrawLife } from './life'
import { between, hex8, pick, type Random } from './random'
import type { WireRow } from './row'

const INSTANCES = 40

const OTHER_TYPES = ['SWITCH FOR UPGRADE', 'ADJUST MNGR', 'OPEN TDE']

/** Words of finished tasks as often as they come up. */
const OUTCOMES = [
  'SUCCEED',
  'SUCCEED',
  'SUCCEED',
  'SUCCEED',
  'SUCCEED',
  'SUCCEED',
  'FAILED',
  'KILLED',
  'REMOVED',
]

/** Words of tasks that wait for somebody and never finish. */
const STUCK = ['PAUSED', 'WAITING', 'UNDEFINED', 'INITIAL', 'RUNNING']

/** A generated CDB task draws from this; one request can make several jobs. */
export function drawCdbLives(salt: string): DrawLife {
  let lastRequestId = ''
  return (random, id, startSecond) => {
    const stuck = random() < 0.01 ? pick(random, STUCK) : null
    const endSecond = stuck === null ? startSecond + drawDuration(random) : null
    const outcome = pick(random, OUTCOMES)
    if (random() >= 0.05) lastRequestId = random() < 0.08 ? '' : drawRequestId(random)
    const unfinishedEnd = pick(random, ['', '0000-00-00 00:00:00'])
    const fixed: WireRow = {
      JobId: id,
      AsyncRequestId: lastRequestId,
      StartTime: formatBeijingTime(startSecond),
      InstanceIds: drawInstances(random, salt),
      TaskType: random() < 0.04 ? pick(random, OTHER_TYPES) : pick(random, [...CDB_TYPES.values()]),
      ...drawAttachment(random),
    }
    const blank = drawBlank(random)
    return {
      id,
      startSecond,
      endSecond,
      render: (nowSecond) => {
        const finished = endSecond !== null && nowSecond >= endSecond
        const status = finished ? outcome : (stuck ?? (nowSecond - startSecond < 3 ? 'INITIAL' : 'RUNNING'))
        return {
          ...verdict(status),
          ...fixed,
          Progress:
            finished && outcome !== 'SUCCEED'
              ? startSecond % 100
              : progressAt({ startSecond, endSecond }, nowSecond),
          EndTime: finished ? formatBeijingTime(endSecond) : unfinishedEnd,
          TaskStatus: status,
          ...blank,
        }
      },
    }
  }
}

function verdict(status: string): WireRow {
  if (status === 'FAILED')
    return { Code: 9013, Message: '[Operate CDB Fail] reason: ERR#-999: no instance records' }
  if (status === 'KILLED') return { Code: -1, Message: 'Terminated by the user' }
  return { Code: 0, Message: status === 'SUCCEED' ? 'Task is completed' : '' }
}

function drawInstances(random: Random, salt: string): readonly string[] {
  const count = random() < 0.06 ? between(random, 2, 4) : 1
  const first = between(random, 0, INSTANCES - 1)
  return Array.from({ length: count }, (_, index) => instanceName(salt, (first + index) % INSTANCES))
}

/** The instances of a region have steady names, so that a filter finds many tasks. */
function instanceName(salt: string, index: number): string {
  return `cdb-${salt}${index.toString(36).padStart(2, '0')}`
}

function drawRequestId(random: Random): string {
  return [1, 2, 3, 4].map(() => hex8(random)).join('-')
}

/** Newer answers have it, and it may be empty. */
function drawAttachment(random: Random): WireRow {
  const draw = random()
  if (draw < 0.6) return {}
  if (draw < 0.85) return { TaskAttachInfo: [] }
  return { TaskAttachInfo: [{ AttachKey: 'FastUpgrade', AttachValue: String(between(random, 0, 1)) }] }
}

/** Every field may be null or absent; those that find and place a task stay, or nobody could see the rest. */
function drawBlank(random: Random): WireRow {
  if (random() >= 0.03) return {}
  const field = pick(random, [
    'Code',
    'Message',
    'Progress',
    'InstanceIds',
    'AsyncRequestId',
    'TaskAttachInfo',
  ])
  return { [field]: random() < 0.5 ? null : undefined }
}
