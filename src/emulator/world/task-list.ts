import { compareRows, type CompareRows, type Order, type OrderRules } from './order'
import type { RowId, StoredRow } from './row'

/** A page of a list, and how many rows matched before it was cut. */
export interface Page {
  readonly total: number
  readonly rows: readonly StoredRow[]
}

/** What a page is cut from; `matches` is null when every row does. */
export interface Selection {
  readonly order: Order
  readonly matches: ((row: StoredRow) => boolean) | null
  readonly offset: number
  readonly limit: number
}

interface SortedRows {
  readonly compare: CompareRows
  readonly rows: StoredRow[]
}

/** The tasks of one product in one region, kept sorted in every order that was ever asked for. */
export class TaskList {
  private readonly byId = new Map<RowId, StoredRow>()
  private readonly sortedBy = new Map<string, SortedRows>()
  private shuffles = 0

  constructor(private readonly rules: OrderRules) {}

  get size(): number {
    return this.byId.size
  }

  get(id: RowId): StoredRow | undefined {
    return this.byId.get(id)
  }

  /** Puts a row into the list, in the place of the one with the same id if there is one. */
  put(row: StoredRow): void {
    const before = this.byId.get(row.id)
    this.byId.set(row.id, row)
    for (const sorted of this.sortedBy.values()) {
      if (before !== undefined) sorted.rows.splice(place(sorted, before), 1)
      sorted.rows.splice(place(sorted, row), 0, row)
    }
  }

  remove(id: RowId): boolean {
    const row = this.byId.get(id)
    if (row === undefined) return false
    this.byId.delete(id)
    for (const sorted of this.sortedBy.values()) sorted.rows.splice(place(sorted, row), 1)
    return true
  }

  /** Every row in an order; the array belongs to the list and changes with it. */
  sorted(order: Order): readonly StoredRow[] {
    if (this.rules.ties === 'unsteady') return this.sort(order, { ...this.rules, salt: ++this.shuffles }).rows
    const key = `${order.field} ${order.direction}`
    const known = this.sortedBy.get(key)
    if (known !== undefined) return known.rows
    const sorted = this.sort(order, this.rules)
    this.sortedBy.set(key, sorted)
    return sorted.rows
  }

  select({ order, matches, offset, limit }: Selection): Page {
    const all = this.sorted(order)
    const matching = matches === null ? all : all.filter(matches)
    return { total: matching.length, rows: matching.slice(offset, offset + limit) }
  }

  private sort(order: Order, rules: OrderRules): SortedRows {
    const compare = compareRows(order, rules)
    return { compare, rows: [...this.byId.values()].sort(compare) }
  }
}

/** Where the row stands, or would stand. */
function place({ rows, compare }: SortedRows, row: StoredRow): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = rows[middle]
    if (other !== undefined && compare(other, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}
