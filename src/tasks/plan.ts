import { mostCountCalls } from './count'
import type { TaskFilter } from './filter'
import { type ObservedSource, PlannedSource } from './observed-source'
import { NEWEST_FIRST, type TaskOrder } from './order'
import { readPageArguments, type PageArguments, type PageWish } from './page-arguments'
import { mostWalkCalls, scans } from './paging/open-stream'
import type { SourcePlan } from './source'

/** One question for a list. */
export interface ListQuestion {
  readonly page: PageArguments
  readonly filter: TaskFilter
  readonly order: TaskOrder
  /** True where `totalCount` will be asked for. */
  readonly isCounted?: boolean
}

/** What one page may spend. */
export interface PageLimits {
  /** Calls that one page may spend on a source. */
  readonly scanCalls: number
  readonly toleranceSeconds: number
}

/** How many calls something needs of the upstreams. Retries are not in it, nor what a cache saves. */
export interface CallEstimate {
  /** While the lists do not change, and where the first rows that are read show what is looked for. */
  readonly expected: number
  /** With everything that can be selected of it, however the lists change. */
  readonly most: number
}

/** Up to so many tasks a page needs one call of a list: one row more is asked for, and some to prove its place. */
const ROWS_OF_ONE_CALL = 95

/** What a question would ask of some sources. Nothing is asked for it. */
export class PagePlan {
  readonly wish: PageWish
  /** Every source that the filter names; those without a list are not asked. */
  readonly sources: readonly PlannedSource[]

  /**
   * @param sources all that the filter names, and the caller may see
   * @throws BadInput where the page's arguments contradict each other or are out of range
   */
  constructor(
    readonly question: ListQuestion,
    sources: readonly ObservedSource[],
    private readonly limits: PageLimits,
  ) {
    const { page, filter, order } = question
    this.wish = readPageArguments(page, order.direction)
    const walk = { field: order.field, direction: this.wish.direction }
    this.sources = sources.map((source) => new PlannedSource(source, filter, walk))
  }

  /** Those that have a list to ask for. */
  get asked(): readonly PlannedSource[] {
    return this.sources.filter(({ lists }) => lists.length > 0)
  }

  get calls(): CallEstimate {
    return sumOf(this.asked.map((source) => this.callsOf(source)))
  }

  /** How many tasks the page can hold. */
  get tasks(): number {
    return this.asked.length === 0 ? 0 : this.wish.size
  }

  callsOf(planned: PlannedSource): CallEstimate {
    const { order, isCounted } = this.question
    const walk = mostWalkCalls(planned, order.field, this.limits.scanCalls)
    const count = isCounted === true ? mostCountCalls(planned.inOrder(NEWEST_FIRST), this.limits) : 0
    return {
      expected: planned.lists.length * (this.wish.size > ROWS_OF_ONE_CALL ? 2 : 1),
      most: walk + (this.mayLookBack() ? walk : 0) + count,
    }
  }

  /** True where every source that is asked is missing from the page: there is no page then. */
  hasFailed(isMissing: (source: ObservedSource) => boolean): boolean {
    return this.asked.length > 0 && this.asked.every(({ source }) => isMissing(source))
  }

  /** Whether a row stands behind the page can need a walk over every list, where one of them does not tell. */
  private mayLookBack(): boolean {
    const { field } = this.question.order
    const isSilent = (list: SourcePlan) =>
      list.sortedBy === field &&
      (field === 'ENDED_AT' || this.limits.toleranceSeconds > 0 || scans(list, field))
    return this.wish.cursor !== null && this.asked.some(({ lists }) => lists.some(isSilent))
  }
}

export const NO_CALLS: CallEstimate = { expected: 0, most: 0 }

/** All of the estimates together. */
export function sumOf(estimates: readonly CallEstimate[]): CallEstimate {
  return estimates.reduce(
    (sum, one) => ({ expected: sum.expected + one.expected, most: sum.most + one.most }),
    NO_CALLS,
  )
}
