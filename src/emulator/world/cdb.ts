import type { Assumptions } from '../assumptions'
import { ApiError } from './api-error'
import { CDB_STATUSES, CDB_TYPES } from './cdb-words'
import { Parameters, type ParameterType } from './parameters'
import type { Product, QuestionContext } from './product'
import { hashId } from './random'
import { MAIN_REGION } from './regions'
import type { RowId } from './row'
import { allOf, readLimit, within, type Condition } from './selection'
import type { Selection } from './task-list'

const PARAMETERS: Readonly<Record<string, ParameterType>> = {
  InstanceId: 'string',
  AsyncRequestId: 'string',
  TaskTypes: 'array of int64',
  TaskStatus: 'array of int64',
  StartTimeBegin: 'string',
  StartTimeEnd: 'string',
  Offset: 'int64',
  Limit: 'int64',
}

/** DescribeTasks of TencentDB for MySQL, version 2017-03-20. */
export const CDB: Product = {
  version: '2017-03-20',
  regionWhenAbsent: (assumptions) => (assumptions.cdbWithoutRegion === 'answered' ? MAIN_REGION : null),
  idField: 'JobId',
  ties: (assumptions) => assumptions.cdbTies,
  displacementSeconds: (assumptions) => assumptions.cdbDisplacementSeconds,
  instancesOf: ({ InstanceIds: given }) =>
    Array.isArray(given) ? given.filter((one) => typeof one === 'string') : [],
  plainRow: (id) => ({
    Code: 0,
    Message: 'Set parameters successfully',
    JobId: id,
    AsyncRequestId: requestIdOf(id),
    Progress: 100,
    StartTime: '2023-11-15 06:13:20',
    EndTime: '2023-11-15 06:13:50',
    InstanceIds: ['cdb-00000001'],
    TaskType: 'MODIFY PARAM',
    TaskStatus: 'SUCCEED',
  }),
  readQuestion,
  answer: (total, rows, requestId) => ({
    TotalCount: total,
    Items: rows.map((row) => row.wire),
    RequestId: requestId,
  }),
}

function readQuestion(given: unknown, context: QuestionContext): Selection {
  const { assumptions } = context
  const parameters = new Parameters(given, PARAMETERS, assumptions.emptyText)
  return {
    order: { field: 'StartTime', direction: 'desc' },
    offset: readOffset(parameters),
    limit: readLimit(parameters.amount('Limit', 20), [1, 100], assumptions.limitOutOfRange, () =>
      notValid('Limit', parameters.amount('Limit', 20)),
    ),
    matches: allOf([
      ofInstance(parameters, context),
      ofRequest(parameters),
      ofWords(parameters, 'TaskTypes', CDB_TYPES, 'TaskType'),
      ofWords(parameters, 'TaskStatus', CDB_STATUSES, 'TaskStatus'),
      ...inWindow(parameters, assumptions),
    ]),
  }
}

function readOffset(parameters: Parameters): number {
  const offset = parameters.amount('Offset', 0)
  if (offset >= 0) return offset
  throw new ApiError('InvalidParameter', 'The value type of parameter `Offset` is not valid.')
}

function ofInstance(
  parameters: Parameters,
  { assumptions, knowsInstance }: QuestionContext,
): Condition | null {
  const instance = parameters.text('InstanceId')
  if (instance === null) return null
  if (assumptions.cdbUnknownInstance === 'error' && !knowsInstance(instance)) {
    throw new ApiError('InvalidParameter.InstanceNotFound', 'The instance does not exist.')
  }
  return (row) => CDB.instancesOf(row.wire).includes(instance)
}

function ofRequest(parameters: Parameters): Condition | null {
  const requestId = parameters.text('AsyncRequestId')
  return requestId === null ? null : (row) => row.wire['AsyncRequestId'] === requestId
}

function ofWords(
  parameters: Parameters,
  name: string,
  words: ReadonlyMap<number, string>,
  field: string,
): Condition | null {
  const codes = parameters.amounts(name)
  if (codes === null) return null
  const wanted = new Set<unknown>()
  for (const code of codes) {
    const word = words.get(code)
    if (word === undefined) throw notValid(name, code)
    wanted.add(word)
  }
  return (row) => wanted.has(row.wire[field])
}

function inWindow(parameters: Parameters, assumptions: Assumptions): readonly (Condition | null)[] {
  const kept = assumptions.notBegunInWindow === 'kept'
  const open = { second: null, edge: 'inclusive' } as const
  const wrong = 'InvalidParameterValue.DataConvertError'
  const begin = {
    second: parameters.second('StartTimeBegin', wrong),
    edge: assumptions.cdbStartTimeBegin,
  }
  const end = { second: parameters.second('StartTimeEnd', wrong), edge: assumptions.cdbStartTimeEnd }
  if (assumptions.cdbStartTimeEndBounds === 'startTime') {
    return [within((row) => row.startSecond, begin, end, kept)]
  }
  return [
    within((row) => row.startSecond, begin, open, kept),
    within((row) => row.endSecond, open, end, kept),
  ]
}

function notValid(name: string, value: number): ApiError {
  return new ApiError(
    'InvalidParameterValue',
    `The value \`${value}\` specified in the parameter \`${name}\` is not valid.`,
  )
}

/** Four groups of eight hexadecimal digits, one of its own for each task. */
function requestIdOf(id: RowId): string {
  const own = hashId(id).toString(16).padStart(8, '0')
  return `${own}-2e391736-f28fa246-${own}`
}
