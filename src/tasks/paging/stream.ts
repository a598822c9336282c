import type { CallContext } from '../../call-context'
import type { Place } from '../order'
import type { Task } from '../task'

/** Where to ask an upstream list again: only a guess, since every answer is proved. */
export interface ListHint {
  /** Rows of the walk that stood before the one which proved the place. */
  readonly offset: number
  readonly total: number
}

/** The same place where the upstream's count is too low for it. */
export function hintOf(offset: number, total: number): ListHint {
  return offset < 0 ? { offset: 0, total: total - offset } : { offset, total }
}

/** Why the rows of a list, or its count, cannot be trusted. */
export type ListProblem =
  | { readonly kind: 'disorder' | 'contradiction' }
  /** The row at that offset does not fit into an answer alone; or answers from there on do not, and were read in pieces. */
  | { readonly kind: 'row too large' | 'answer too large'; readonly offset: number }

/** The calls that one page may still spend on a source. */
export interface CallBudget {
  left: number
}

/** One list in the order of the walk, ahead of a place. Rows become ready only when nothing can come before them any more. */
export interface TaskStream {
  /** The next rows, complete and in order; the merge takes them from the front. */
  readonly ready: Task[]
  /** `stopped`: the budget is spent. */
  readonly state: 'reading' | 'exhausted' | 'stopped'
  /** Everything before it has become ready. */
  readonly frontier: Place | null
  /** What the upstream counted in the newest answer; null before the first. */
  readonly total: number | null
  /** Every row, where one answer held the whole list; else null. */
  readonly whole: readonly (Task | null)[] | null
  /** True once a row came that cannot be served, or an answer contradicted the upstream's count. */
  readonly isUncountable: boolean
  /** One step: asks the upstream at least once, or changes `state`. @throws UpstreamFailure, BadInput */
  pull(scope: CallContext): Promise<void>
  /** True where a row that is not ready yet is known to come. */
  hasLeftover(): boolean
  /** Whether a row stands behind the place; null where that would have to be scanned for. */
  hasBehind(): boolean | null
  /** Null where no answer has come. */
  hintAt(place: Place | null): ListHint | null
}
