import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'
import { BadInput } from '../../tasks/bad-input'
import { secondRange, type TaskFilter as DomainFilter } from '../../tasks/filter'
import type { OrderDirection, TaskOrder as DomainOrder, TaskOrderField } from '../../tasks/order'
import type { PageArguments } from '../../tasks/plan'
import type { TaskProvider, TaskStatus, TaskType } from '../../tasks/task'
import {
  Optional,
  OrderDirectionEnum,
  TaskOrderFieldEnum,
  TaskProviderEnum,
  TaskStatusEnum,
  TaskTypeEnum,
  DateTime,
} from './scalars'
import type { LookupQuestion } from '../../tasks/service'

@InputType({ description: 'A stretch of time, both ends inclusive. An end that is null or absent is open.' })
export class DateTimeRange {
  @Optional(() => DateTime, 'The earliest instant.')
  from?: Date | null

  @Optional(() => DateTime, 'The latest instant; not before `from`.')
  to?: Date | null
}

@InputType({
  description:
    'Which tasks to list. Every part must match; a part that is null or absent does not filter, and an empty list matches nothing.',
})
export class TaskFilter {
  @Optional(() => [TaskProviderEnum], 'Products.')
  providers?: TaskProvider[] | null

  @Optional(() => [String], 'Names of configured accounts.')
  accounts?: string[] | null

  @Optional(() => [String], 'Configured regions, such as `ap-guangzhou`.')
  regions?: string[] | null

  @Optional(() => [ID], 'Cloud ids of instances, at most 100. One that the cloud does not know has no tasks.')
  instanceIds?: string[] | null

  @Optional(() => [TaskStatusEnum], 'Unified status words.')
  statuses?: TaskStatus[] | null

  @Optional(() => [TaskTypeEnum], 'Unified type words.')
  types?: TaskType[] | null

  @Optional(() => DateTimeRange, 'When the task began.')
  startedAt?: DateTimeRange | null

  @Optional(() => DateTimeRange, 'When the task ended; unfinished tasks never match.')
  endedAt?: DateTimeRange | null
}

@InputType({ description: 'The order of a list.' })
export class TaskOrder {
  @Field(() => TaskOrderFieldEnum, { defaultValue: 'STARTED_AT', description: 'What to order by.' })
  field!: TaskOrderField

  @Field(() => OrderDirectionEnum, { defaultValue: 'DESC', description: 'Which end comes first.' })
  direction!: OrderDirection
}

@ArgsType()
export class ListArguments implements PageArguments {
  @Optional(
    () => Int,
    'How many tasks, 1 to 100, from the front or behind `after`. 20 where neither first nor last is given.',
  )
  first?: number | null

  @Optional(() => String, 'A cursor of the same list: the page begins behind it.')
  after?: string | null

  @Optional(() => Int, 'How many tasks, 1 to 100, from the end or before `before`. Not together with first.')
  last?: number | null

  @Optional(() => String, 'A cursor of the same list: the page ends before it.')
  before?: string | null

  @Optional(() => TaskFilter, 'Which tasks to list; all of them where absent.')
  filter?: TaskFilter | null

  @Optional(() => TaskOrder, 'The order; newest first by `startedAt` where absent.')
  orderBy?: TaskOrder | null
}

type By = Pick<LookupQuestion, 'filter' | 'argument'>

const REQUEST_ID = /^[\w-]{1,128}$/
const TASK_NUMBER = /^\d{1,20}$/
const MAX_NUMBER = 2n ** 64n - 1n
const MAX_INSTANCE_ID = 64

/** @throws BadInput where a value breaks a rule */
export function toFilter(input: Partial<TaskFilter> | null | undefined): DomainFilter {
  const filter: Partial<TaskFilter> = input ?? {}
  const { providers, accounts, regions, instanceIds, statuses, types, startedAt, endedAt } = filter
  for (const id of instanceIds ?? []) checkInstanceId('filter.instanceIds', id)
  return {
    ...(providers && { providers }),
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    ...(instanceIds && { instanceIds }),
    ...(statuses && { statuses }),
    ...(types && { types }),
    ...(startedAt && toRange('startedAt', startedAt)),
    ...(endedAt && toRange('endedAt', endedAt)),
  }
}

export function toOrder(input: TaskOrder | null | undefined): DomainOrder {
  return { field: input?.field ?? 'STARTED_AT', direction: input?.direction ?? 'DESC' }
}

/** @throws BadInput */
export function checkInstanceId(argument: string, id: string): void {
  if (!isInstanceId(id))
    throw new BadInput(
      argument,
      `${argument} ${JSON.stringify(id.slice(0, MAX_INSTANCE_ID))} is no instance id: 1 to ${MAX_INSTANCE_ID} characters`,
    )
}

export function isInstanceId(id: unknown): boolean {
  return typeof id === 'string' && id.length >= 1 && id.length <= MAX_INSTANCE_ID
}

function toRange(field: 'startedAt' | 'endedAt', { from, to }: DateTimeRange): DomainFilter {
  const range = secondRange(`filter.${field}`, from ?? undefined, to ?? undefined)
  return range.from === undefined && range.to === undefined ? {} : { [field]: range }
}

@InputType({
  description:
    'A task by what the operation that submitted it returned. Exactly one of `asyncRequestId` and `postgresTaskId` must be given.',
})
export class SubmittedTask {
  @Optional(() => String, 'AsyncRequestId as a CDB operation returned it; all the tasks that it made.')
  asyncRequestId?: string | null

  @Optional(() => String, 'TaskId, or the FlowId that a Postgres operation returned, as decimal text.')
  postgresTaskId?: string | null

  @Optional(() => String, 'Name of a configured account; all of them where null or absent.')
  account?: string | null

  @Optional(() => String, 'A configured region; all of them where null or absent.')
  region?: string | null
}

/** @throws BadInput where not exactly one of the two is given, or it is none */
export function toLookup({ asyncRequestId, postgresTaskId, account, region }: SubmittedTask): LookupQuestion {
  const where = { account: account ?? null, region: region ?? null }
  if (isGiven(asyncRequestId) && !isGiven(postgresTaskId))
    return { ...where, provider: 'CDB', ...byRequest(asyncRequestId, 'submitted.asyncRequestId') }
  if (isGiven(postgresTaskId) && !isGiven(asyncRequestId))
    return { ...where, provider: 'POSTGRES', ...byTaskNumber(postgresTaskId, 'submitted.postgresTaskId') }
  throw new BadInput(
    'submitted',
    `submitted has ${isGiven(asyncRequestId) ? 'both' : 'neither'} of asyncRequestId and postgresTaskId; exactly one must be given`,
  )
}

function isGiven(text: string | null | undefined): text is string {
  return text !== null && text !== undefined
}

/** @throws BadInput where the text cannot be a request id */
export function byRequest(asyncRequestId: string, argument: string): By {
  if (REQUEST_ID.test(asyncRequestId)) return { filter: { submissionId: asyncRequestId }, argument }
  throw new BadInput(
    argument,
    `${argument} ${JSON.stringify(asyncRequestId.slice(0, 64))} is no request id: 1 to 128 letters, digits and hyphens`,
  )
}

/** @throws BadInput where the text is no unsigned number of 64 bits */
export function byTaskNumber(taskId: string, argument: string): By {
  if (TASK_NUMBER.test(taskId) && BigInt(taskId) <= MAX_NUMBER)
    return { filter: { number: BigInt(taskId) }, argument }
  throw new BadInput(
    argument,
    `${argument} ${JSON.stringify(taskId.slice(0, 64))} is no task number: decimal digits, at most ${MAX_NUMBER.toString()}`,
  )
}
