import { ApiError } from './api-error'
import type { Order } from './order'
import { Parameters, type ParameterType } from './parameters'
import type { Product, QuestionContext } from './product'
import { allOf, readLimit, within, type Condition } from './selection'
import type { Selection } from './task-list'

const DAY_SECONDS = 86_400
const DEFAULT_DAYS = 180
const WRONG_VALUE = 'InvalidParameterValue.InvalidParameterValueError'

const PARAMETERS: Readonly<Record<string, ParameterType>> = {
  TaskId: 'uint64',
  DBInstanceId: 'string',
  MinStartTime: 'string',
  MaxStartTime: 'string',
  Limit: 'int64',
  Offset: 'int64',
  OrderBy: 'string',
  OrderByType: 'string',
}

/** DescribeTasks of TencentDB for PostgreSQL, version 2017-03-12. */
export const POSTGRES: Product = {
  version: '2017-03-12',
  regionWhenAbsent: () => null,
  idField: 'TaskId',
  ties: (assumptions) => assumptions.postgresTies,
  displacementSeconds: () => 0,
  instancesOf: ({ DBInstanceId: given }) => (typeof given === 'string' ? [given] : []),
  plainRow: (id) => ({
    TaskId: id,
    TaskType: 'RestartInstance',
    DBInstanceId: 'postgres-00000001',
    StartTime: '2023-11-15 06:13:20',
    EndTime: '2023-11-15 06:13:50',
    Status: 'Success',
    Progress: 100,
    TaskDetail: {},
  }),
  readQuestion,
  answer: (total, rows, requestId) => ({
    RequestId: requestId,
    TaskSet: rows.map((row) => row.wire),
    TotalCount: total,
  }),
}

function readQuestion(given: unknown, context: QuestionContext): Selection {
  const { assumptions } = context
  const parameters = new Parameters(given, PARAMETERS, assumptions.emptyText)
  const least = assumptions.postgresLimitZero === 'empty' ? 0 : 1
  return {
    order: readOrder(parameters),
    offset: readOffset(parameters),
    limit: readLimit(parameters.amount('Limit', 20), [least, 100], assumptions.limitOutOfRange, () =>
      against('Limit', '[0,100]'),
    ),
    matches: allOf([ofTask(parameters), ofInstance(parameters), inWindow(parameters, context)]),
  }
}

function readOrder(parameters: Parameters): Order {
  const field = parameters.text('OrderBy') ?? 'StartTime'
  const direction = parameters.text('OrderByType') ?? 'desc'
  if (field !== 'StartTime' && field !== 'EndTime') throw against('OrderBy', '[StartTime,EndTime]')
  if (direction !== 'asc' && direction !== 'desc') throw against('OrderByType', '[asc,desc]')
  return { field, direction }
}

function readOffset(parameters: Parameters): number {
  const offset = parameters.amount('Offset', 0)
  if (offset < 0) throw against('Offset', '[0,+∞)')
  return offset
}

function ofTask(parameters: Parameters): Condition | null {
  const id = parameters.id('TaskId')
  return id === null ? null : (row) => row.id === id
}

function ofInstance(parameters: Parameters): Condition | null {
  const instance = parameters.text('DBInstanceId')
  return instance === null ? null : (row) => row.wire['DBInstanceId'] === instance
}

function inWindow(parameters: Parameters, { assumptions, nowSecond }: QuestionContext): Condition | null {
  const oldest = nowSecond - DEFAULT_DAYS * DAY_SECONDS
  const given = parameters.second('MinStartTime', WRONG_VALUE)
  const least = assumptions.postgresOldMinStartTime === 'cut' ? Math.max(given ?? oldest, oldest) : given
  const byTaskAlone = parameters.id('TaskId') !== null && given === null
  const unlimited = byTaskAlone && assumptions.postgresTaskIdWindow === 'unlimited'
  return within(
    (row) => row.startSecond,
    { second: unlimited ? null : (least ?? oldest), edge: assumptions.postgresMinStartTime },
    // Its default is "now", which is never exclusive: a task that starts in this second has started.
    maxStartTime(parameters, nowSecond, assumptions.postgresMaxStartTime),
    assumptions.notBegunInWindow === 'kept',
  )
}

function maxStartTime(parameters: Parameters, nowSecond: number, edge: 'inclusive' | 'exclusive') {
  const given = parameters.second('MaxStartTime', WRONG_VALUE)
  return given === null ? { second: nowSecond, edge: 'inclusive' as const } : { second: given, edge }
}

function against(name: string, rule: string): ApiError {
  return new ApiError(WRONG_VALUE, `The ${name} parameter value is invalid and should meet the rule: ${rule}`)
}
