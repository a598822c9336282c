/** A row as it goes over the wire; a field may be of any type, null or absent, as upstream. */
export type WireRow = Readonly<Record<string, unknown>>

/** A task's number, exact: a `bigint` where a `number` would lose digits. */
export type RowId = number | bigint

/** A row in a list, with what lists are ordered and filtered by. */
export interface StoredRow {
  readonly id: RowId
  /** Unix seconds; null when the task has not begun. */
  readonly startSecond: number | null
  /** Unix seconds; null when the task has not ended. */
  readonly endSecond: number | null
  readonly wire: WireRow
}

/** One integer has one form, so that `===` and maps work on ids. */
export function normalId(id: RowId): RowId {
  if (typeof id === 'number') return id
  return id >= BigInt(Number.MIN_SAFE_INTEGER) && id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : id
}

/** The id in a field of a row, or null where the field holds none. */
export function readId(value: unknown): RowId | null {
  if (typeof value === 'bigint') return normalId(value)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}
