import { BadInput } from './bad-input'
import type { Task, TaskProvider, TaskStatus, TaskType } from './task'

/** Unix seconds, both ends inclusive. */
export interface SecondRange {
  readonly from?: number
  readonly to?: number
}

/** The part of a filter that is a question about one task. A list that is absent does not filter; an empty one matches nothing. */
export interface TaskPredicate {
  readonly instanceIds?: readonly string[]
  readonly statuses?: readonly TaskStatus[]
  readonly types?: readonly TaskType[]
  readonly startedAt?: SecondRange
  /** Unfinished tasks never match. */
  readonly endedAt?: SecondRange
}

/** What a list is asked for. */
export interface TaskFilter extends TaskPredicate {
  readonly providers?: readonly TaskProvider[]
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  /** What the operation that submitted the tasks returned; a product whose tasks have no such id has none to show. */
  readonly submissionId?: string
  /** A task's own number in its source. */
  readonly number?: bigint
}

/** How many instance ids one filter may name. */
export const MAX_INSTANCE_IDS = 100
/** Up to this many instance ids are asked for in a list of their own each. */
export const MAX_INSTANCE_LISTS = 8

const LISTS = ['providers', 'accounts', 'regions', 'instanceIds', 'statuses', 'types'] as const

/**
 * A range of instants as whole seconds, since upstream knows no finer ones.
 * @throws BadInput where `from` is after `to`
 */
export function secondRange(argument: string, from: Date | undefined, to: Date | undefined): SecondRange {
  if (from !== undefined && to !== undefined && from > to)
    throw new BadInput(
      argument,
      `${argument}.from (${from.toISOString()}) is after ${argument}.to (${to.toISOString()})`,
    )
  return {
    ...(from && { from: Math.ceil(from.getTime() / 1000) }),
    ...(to && { to: Math.floor(to.getTime() / 1000) }),
  }
}

/** @throws BadInput where a list is too long */
export function checkFilter(filter: TaskFilter): void {
  const ids = filter.instanceIds ?? []
  if (ids.length > MAX_INSTANCE_IDS)
    throw new BadInput(
      'filter.instanceIds',
      `filter.instanceIds has ${ids.length} ids; at most ${MAX_INSTANCE_IDS} are allowed`,
    )
}

/** True where no task can match, so that nothing need be asked. */
export function matchesNothing(filter: TaskFilter): boolean {
  return (
    LISTS.some((name) => filter[name]?.length === 0) || isEmpty(filter.startedAt) || isEmpty(filter.endedAt)
  )
}

export function matches(predicate: TaskPredicate, task: Task): boolean {
  const { instanceIds, statuses, types, startedAt, endedAt } = predicate
  return (
    (statuses === undefined || statuses.includes(task.status)) &&
    (types === undefined || types.includes(task.type)) &&
    (instanceIds === undefined || task.instanceIds.some((id) => instanceIds.includes(id))) &&
    (startedAt === undefined || inRange(startedAt, task.startSecond)) &&
    (endedAt === undefined || inRange(endedAt, task.endSecond))
  )
}

/** The same text for filters that mean the same, whatever the order of their lists. */
export function canonicalFilter(filter: TaskFilter): string {
  const lists = LISTS.map((name) => {
    const list = filter[name]
    return list === undefined ? null : [...new Set<string>(list)].sort()
  })
  const ranges = [filter.startedAt, filter.endedAt].map((range) => [range?.from ?? null, range?.to ?? null])
  return JSON.stringify([lists, ranges, filter.submissionId ?? null, filter.number?.toString() ?? null])
}

function inRange(range: SecondRange, second: number | null): boolean {
  if (range.from === undefined && range.to === undefined) return true
  return second !== null && second >= (range.from ?? -Infinity) && second <= (range.to ?? Infinity)
}

function isEmpty(range: SecondRange | undefined): boolean {
  return (range?.from ?? -Infinity) > (range?.to ?? Infinity)
}
