import type { Assumptions } from '../assumptions'
import type { Ties } from './order'
import type { RowId, StoredRow, WireRow } from './row'
import type { Selection } from './task-list'

/** What a question is read against. */
export interface QuestionContext {
  readonly assumptions: Assumptions
  readonly nowSecond: number
  readonly knowsInstance: (instance: string) => boolean
}

/** One emulated API: its parameters, its rows, its answer. */
export interface Product {
  readonly version: string
  /** The region of a call without one; null where a region is demanded. */
  regionWhenAbsent(assumptions: Assumptions): string | null
  readonly idField: string
  ties(assumptions: Assumptions): Ties
  displacementSeconds(assumptions: Assumptions): number
  instancesOf(row: WireRow): readonly string[]
  /** A complete row, for what a caller leaves out. */
  plainRow(id: RowId): WireRow
  /** @throws ApiError */
  readQuestion(parameters: unknown, context: QuestionContext): Selection
  answer(total: number, rows: readonly StoredRow[], requestId: string): WireRow
}
