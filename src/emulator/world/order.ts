import { hashId } from './random'
import type { StoredRow } from './row'

/** How a list is asked to stand. */
export interface Order {
  readonly field: 'StartTime' | 'EndTime'
  readonly direction: 'asc' | 'desc'
}

/** How rows of the same second stand among each other. */
export type Ties = 'idInDirection' | 'idAscending' | 'idDescending' | 'hash' | 'unsteady'

/** What an order depends on beside the row. */
export interface OrderRules {
  readonly ties: Ties
  readonly missingStartTime: 'lowest' | 'highest'
  /** `first` and `last` hold whichever way the list is asked for. */
  readonly missingEndTime: 'lowest' | 'highest' | 'first' | 'last'
  /** Each row stands as if it had started up to so many seconds earlier or later. */
  readonly displacementSeconds: number
  readonly salt: number
}

export type CompareRows = (left: StoredRow, right: StoredRow) => number

/** A total order: two rows of one list never compare as equal. */
export function compareRows(order: Order, rules: OrderRules): CompareRows {
  const time = sortKey(order, rules)
  const tie = compareTies(order, rules)
  const sign = order.direction === 'asc' ? 1 : -1
  return (left, right) => {
    const a = time(left)
    const b = time(right)
    if (a !== b) return a < b ? -sign : sign
    return tie(left, right)
  }
}

function sortKey(order: Order, rules: OrderRules): (row: StoredRow) => number {
  const byEnd = order.field === 'EndTime'
  const stands = byEnd ? rules.missingEndTime : rules.missingStartTime
  const isLowest = stands === 'lowest' || stands === (order.direction === 'asc' ? 'first' : 'last')
  const missing = isLowest ? -Infinity : Infinity
  if (byEnd) return (row) => row.endSecond ?? missing
  const width = rules.displacementSeconds
  if (width === 0) return (row) => row.startSecond ?? missing
  return (row) =>
    row.startSecond === null
      ? missing
      : row.startSecond + (hashId(row.id, rules.salt) % (2 * width + 1)) - width
}

function compareTies(order: Order, rules: OrderRules): CompareRows {
  const { ties, salt } = rules
  if (ties === 'hash' || ties === 'unsteady') {
    return (left, right) => hashId(left.id, salt) - hashId(right.id, salt) || compareIds(left, right)
  }
  const ascending = ties === 'idAscending' || (ties === 'idInDirection' && order.direction === 'asc')
  return ascending ? compareIds : (left, right) => compareIds(right, left)
}

function compareIds(left: StoredRow, right: StoredRow): number {
  if (left.id === right.id) return 0
  return left.id < right.id ? -1 : 1
}
