import type { CallContext } from '../call-context'
import type { CallCost } from '../call-cost'
import type { SecondRange, TaskFilter, TaskPredicate } from './filter'
import type { OrderDirection, TaskOrder, TaskOrderField } from './order'
import type { SourceKey, Task, TaskStatus } from './task'
import type { TaskId } from './id'

/**
 * One upstream list to ask for: what the upstream filters itself, and what remains to be applied to its rows.
 * Plain data, so that a test can read it.
 */
export interface SourcePlan {
  /** Tells this list from the others of its source: the instance id where there is a list for each, else "". */
  readonly list: string
  /** Sent as they are, beside Offset and Limit. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** To be applied here. Bounds of `startedAt` are always in it: the ones sent are one second wider. */
  readonly remaining: TaskPredicate
  /** Bounds of `startedAt` that are not sent: the list goes on beyond them, and a walk begins at the one it comes from. */
  readonly unsent: SecondRange
  readonly sortedBy: TaskOrderField
  readonly direction: OrderDirection
  /** Where the rows are that lack the time by which the list is sorted: first, last, or at an end that is not known. */
  readonly timeless: 'FIRST' | 'LAST' | 'UNKNOWN'
  /** True where Offset must be a multiple of Limit. */
  readonly isAligned: boolean
}

/** A page of an upstream list. */
export interface SourcePage {
  /** One for each upstream row, so that an index stays an upstream offset; null is a row that cannot be served. */
  readonly rows: readonly (Task | null)[]
  /** Rows of the list before paging, as the upstream counts them. */
  readonly total: number
  /** Unix milliseconds at which the question was sent. */
  readonly askedAtMs: number
  readonly cost: CallCost
}

/** What a look-up has found: null where the upstream does not know the task (yet). */
export interface SourceFind {
  readonly task: Task | null
  readonly cost: CallCost
}

/** One upstream list: a product, in one account and region. Knows nothing of GraphQL or of other sources. */
export interface TaskSource {
  readonly key: SourceKey
  /** Status words by which its lists can be narrowed upstream. */
  readonly askableStatuses: readonly TaskStatus[]
  /** The most calls of one look-up. */
  readonly mostFindCalls: number
  /** True where a task that its look-up does not find is not there; else its id's hint may have gone stale. */
  readonly isFindCertain: boolean
  /** What to ask. Empty: nothing can match. Several: one list for each instance. The order's direction is where the walk goes. */
  plan(filter: TaskFilter, order: TaskOrder): readonly SourcePlan[]
  /** The same list, only those rows that stand before the second: its total is an index. Null where upstream cannot tell. */
  before(plan: SourcePlan, second: number): SourcePlan | null
  /** @throws UpstreamFailure */
  page(plan: SourcePlan, offset: number, limit: number, scope: CallContext): Promise<SourcePage>
  /** One look-up, by the id's number and hint. @throws UpstreamFailure */
  find(id: TaskId, scope: CallContext): Promise<SourceFind>
}

/** The most rows an upstream gives at once. */
export const MAX_LIMIT = 100
