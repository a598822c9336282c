import type { SourceKey } from '../../tasks/task'
import { isRecord } from '../../lib/is-record'
import { percent, second, text, type Row, int, lookUp, type TaskWords } from '../row'
import { POSTGRES_STATUS, POSTGRES_TYPE, SWITCH_MODE } from './words'
import type { PostgresTask, PostgresDetail, SwitchMode, TaskStep } from './task'
import { parseJson } from '../../tencent/json'
import type { ListFormat } from '../list-page'

/** How Postgres lists its tasks. */
export const POSTGRES_LIST: ListFormat = {
  action: 'DescribeTasks',
  rows: 'TaskSet',
  number: 'TaskId',
  vocabulary: { statuses: POSTGRES_STATUS, types: POSTGRES_TYPE },
  wordsOf: (row) => [text(row, 'Status') ?? '', text(row, 'TaskType') ?? ''],
  times: ['StartTime', 'EndTime'],
  toTask,
  named: ['DBInstanceId', 'TaskId'],
}

function toTask(row: Row, source: SourceKey, number: bigint, words: TaskWords): PostgresTask {
  const instanceId = text(row, 'DBInstanceId')
  const detail = isRecord(row['TaskDetail']) ? row['TaskDetail'] : {}
  return {
    provider: 'POSTGRES',
    source,
    number,
    status: words.status,
    rawStatus: words.rawStatus,
    type: words.type,
    rawType: words.rawType,
    progress: percent(row, 'Progress'),
    startSecond: second(row, 'StartTime'),
    endSecond: second(row, 'EndTime'),
    instanceIds: instanceId === null ? [] : [instanceId],
    message: text(detail, 'Message'),
    submissionId: null,
    hint: null,
    detail: new RowDetail(detail),
  }
}

/** `TaskDetail`, which may be empty; its JSON texts may be empty or no JSON at all. All of it is parsed when asked for. */
export class RowDetail implements PostgresDetail {
  private readonly row: Row

  /** Keeps only what is told: where something else in it changes, the task is as it was. */
  constructor({ CurrentStep, AllSteps, Input, Output, SwitchTag, SwitchTime }: Row) {
    // What is no text, as is documented, may be nested too deep to be compared or measured.
    const bounded = (value: unknown) => (typeof value === 'string' ? value : document(value))
    const [steps, input, output] = [AllSteps, Input, Output].map(bounded)
    this.row = { CurrentStep, AllSteps: steps, Input: input, Output: output, SwitchTag, SwitchTime }
  }

  get currentStep(): string | null {
    return text(this.row, 'CurrentStep')
  }

  get steps(): readonly TaskStep[] {
    return parseSteps(document(this.row['AllSteps']))
  }

  get input(): unknown {
    return document(this.row['Input'])
  }

  get output(): unknown {
    return document(this.row['Output'])
  }

  get switchMode(): SwitchMode | null {
    return parseSwitchMode(this.row['SwitchTag'])
  }

  get switchSecond(): number | null {
    return second(this.row, 'SwitchTime')
  }
}

function parseSteps(value: unknown): readonly TaskStep[] {
  if (!Array.isArray(value)) return []
  return value.filter(isRecord).map((step) => ({
    stepId: int(step, 'StepId'),
    name: text(step, 'StepName') ?? '',
    progress: percent(step, 'StepProcess'),
    message: text(step, 'StepMessage'),
  }))
}

function parseSwitchMode(tag: unknown): SwitchMode | null {
  if (tag === undefined || tag === null) return null
  const mode = typeof tag === 'number' ? lookUp(SWITCH_MODE, String(tag)) : undefined
  return mode ?? 'UNKNOWN'
}

/** A JSON text as its value, another text as it is, none as null. What is nested too deep stays text, or is null. */
function document(value: unknown): unknown {
  const isText = typeof value === 'string'
  if (isText && value.trim() === '') return null
  try {
    return exact(isText ? parseJson(value) : (value ?? null))
  } catch {
    return isText ? value : null
  }
}

/** Far above any step or parameter that was seen, and far below what a recursion over the value can bear. */
const MAX_DEPTH = 100

/** JSON has no bigint: integers that a double cannot hold become their decimal text. @throws RangeError */
function exact(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deep')
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map((item) => exact(item, depth + 1))
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item, depth + 1)]))
    : value
}
