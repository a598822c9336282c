import type { ApiError } from './api-error'
import type { StoredRow } from './row'

export type Condition = (row: StoredRow) => boolean

/** Null when there is no condition at all, so that a whole list need not be walked. */
export function allOf(conditions: readonly (Condition | null)[]): Condition | null {
  const real = conditions.filter((condition) => condition !== null)
  const [only] = real
  if (only === undefined) return null
  return real.length === 1 ? only : (row) => real.every((condition) => condition(row))
}

/** One end of a window; a bound of null is open. */
export interface Bound {
  readonly second: number | null
  readonly edge: 'inclusive' | 'exclusive'
}

/** Rows whose time lies between two bounds; what a row without that time does is told by `withoutTime`. */
export function within(
  timeOf: (row: StoredRow) => number | null,
  from: Bound,
  to: Bound,
  withoutTime: boolean,
): Condition | null {
  if (from.second === null && to.second === null) return null
  const low = from.second === null ? -Infinity : from.second + (from.edge === 'exclusive' ? 1 : 0)
  const high = to.second === null ? Infinity : to.second - (to.edge === 'exclusive' ? 1 : 0)
  return (row) => {
    const second = timeOf(row)
    return second === null ? withoutTime : second >= low && second <= high
  }
}

/**
 * A Limit in its range.
 * @throws ApiError unless it is to be cut to the range
 */
export function readLimit(
  limit: number,
  range: readonly [number, number],
  rule: 'error' | 'cut',
  refuse: () => ApiError,
): number {
  const [least, most] = range
  if (limit >= least && limit <= most) return limit
  if (rule === 'error') throw refuse()
  return Math.min(Math.max(limit, least), most)
}
