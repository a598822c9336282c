import type { SourceKey, Task } from './task'

export type TaskOrderField = 'STARTED_AT' | 'ENDED_AT'
export type OrderDirection = 'ASC' | 'DESC'

export interface TaskOrder {
  readonly field: TaskOrderField
  readonly direction: OrderDirection
}

/** The order of a list where nothing else is asked for. */
export const NEWEST_FIRST = { field: 'STARTED_AT', direction: 'DESC' } as const

/** The second of a task that has not begun, or has not finished: before all others. */
export const NOT_YET = -Infinity

/** Where a task stands in the one total order. */
export interface TaskKey {
  /** Unix seconds, or NOT_YET. */
  readonly second: number
  /** What `sourceRank` gives. */
  readonly source: string
  readonly number: bigint
}

/** Text that sorts as provider, account, region do. */
export function sourceRank(source: SourceKey): string {
  return `${source.provider}\n${source.account}\n${source.region ?? ''}`
}

/**
 * A walk goes through the total order in one direction, as it was at one instant: what ends later than that
 * counts as not ended, so that a task does not change its place while one walks.
 */
export interface Walk {
  readonly field: TaskOrderField
  readonly direction: OrderDirection
  /** Unix milliseconds. */
  readonly startedMs: number
}

/** The second that places a task in the walk. */
export function secondOf(task: Task, walk: Walk): number {
  if (walk.field === 'STARTED_AT') return task.startSecond ?? NOT_YET
  return task.endSecond !== null && endedBefore(task.endSecond, walk) ? task.endSecond : NOT_YET
}

/** The second in which the walk began counts as after it: what ended in it may have ended after the first answer. */
export function endedBefore(endSecond: number, walk: Walk): boolean {
  return endSecond < Math.floor(walk.startedMs / 1000)
}

export function keyOf(task: Task, walk: Walk): TaskKey {
  return { second: secondOf(task, walk), source: sourceRank(task.source), number: task.number }
}

/** Negative where `a` comes before `b` in the direction. */
export function compareKeys(a: TaskKey, b: TaskKey, direction: OrderDirection): number {
  const ascending = compare(a.second, b.second) || compare(a.source, b.source) || compare(a.number, b.number)
  return direction === 'ASC' ? ascending : -ascending
}

/** Negative where second `a` comes before second `b` in the direction. */
export function compareSeconds(a: number, b: number, direction: OrderDirection): number {
  return direction === 'ASC' ? compare(a, b) : compare(b, a)
}

export function reversed(direction: OrderDirection): OrderDirection {
  return direction === 'ASC' ? 'DESC' : 'ASC'
}

/**
 * A place between two rows of a walk, from the side on which the walk began: just behind one task, or before or
 * after everything of one second. Null is the walk's beginning.
 */
export type Place =
  | { readonly at: 'task'; readonly second: number; readonly source: string; readonly number: bigint }
  | { readonly at: 'before' | 'after'; readonly second: number }

/** True where the walk has still to come to the key. */
export function isAhead(key: TaskKey, place: Place | null, direction: OrderDirection): boolean {
  if (place === null) return true
  const bySecond = compareSeconds(key.second, place.second, direction)
  if (bySecond !== 0) return bySecond > 0
  if (place.at === 'task') return compareKeys(key, place, direction) > 0
  return place.at === 'before'
}

/** Negative where place `a` is passed before place `b`. */
export function comparePlaces(a: Place | null, b: Place | null, direction: OrderDirection): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  const bySecond = compareSeconds(a.second, b.second, direction)
  if (bySecond !== 0) return bySecond
  if (a.at === 'task' && b.at === 'task') return compareKeys(a, b, direction)
  return RANK[a.at] - RANK[b.at]
}

export function furthest(a: Place | null, b: Place | null, direction: OrderDirection): Place | null {
  return comparePlaces(a, b, direction) >= 0 ? a : b
}

const RANK = { before: 0, task: 1, after: 2 } as const

function compare<T extends number | string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
