import { mostCountCalls } from './count'
import type { TaskFilter } from './filter'
import { type ObservedSource, PlannedSource } from './observed-source'
import { NEWEST_FIRST, type TaskOrder, reversed, type OrderDirection } from './order'
import { mostWalkCalls, scans } from './paging/open-stream'
import type { SourcePlan } from './source'
import { BadInput } from './bad-input'

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
export class CallEstimate {
  /**
   * @param expected while the lists do not change, and where the first rows that are read show what is looked for
   * @param mostCalls worked out when it is asked for, as admission needs only what is expected
   */
  constructor(
    readonly expected: number,
    private readonly mostCalls: () => number,
  ) {}

  /** With everything that can be selected of it, however the lists change. */
  get most(): number {
    return this.mostCalls()
  }
}

/** Up to so many tasks a page needs one call of a list: one row more is asked for, and some to prove its place. */
const ROWS_OF_ONE_CALL = 95

/** What a question would ask of some sources. Nothing is asked for it. */
export class PagePlan {
  readonly wish: PageWish
  /** Every source that the filter names; those without a list are not asked. */
  readonly sources: readonly PlannedSource[]
  /** Those that have a list to ask for. */
  readonly asked: readonly PlannedSource[]

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
    this.asked = this.sources.filter(({ lists }) => lists.length > 0)
  }

  get calls(): CallEstimate {
    return sumOf(this.asked.map((source) => this.callsOf(source)))
  }

  /** How many tasks the page can hold. */
  get tasks(): number {
    return this.asked.length === 0 ? 0 : this.wish.size
  }

  callsOf(planned: PlannedSource): CallEstimate {
    const expected = planned.lists.length * (this.wish.size > ROWS_OF_ONE_CALL ? 2 : 1)
    return new CallEstimate(expected, () => this.mostCallsOf(planned))
  }

  /** True where every source that is asked is missing from the page: there is no page then. */
  hasFailed(isMissing: (source: ObservedSource) => boolean): boolean {
    return this.asked.length > 0 && this.asked.every(({ source }) => isMissing(source))
  }

  private mostCallsOf(planned: PlannedSource): number {
    const { order, isCounted } = this.question
    const walk = mostWalkCalls(planned, order.field, this.limits.scanCalls)
    const count = isCounted === true ? mostCountCalls(planned.inOrder(NEWEST_FIRST), this.limits) : 0
    return walk + (this.mayLookBack() ? walk : 0) + count
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

export const NO_CALLS = new CallEstimate(0, () => 0)

/** All of the estimates together. */
export function sumOf(estimates: readonly CallEstimate[]): CallEstimate {
  const sum = (part: 'expected' | 'most') => estimates.reduce((total, one) => total + one[part], 0)
  return new CallEstimate(sum('expected'), () => sum('most'))
}

/** Relay's arguments; null is as good as absent. */
export interface PageArguments {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
}

/** What the arguments ask for. */
export interface PageWish {
  readonly size: number
  readonly isBackward: boolean
  readonly cursor: { readonly text: string; readonly argument: 'after' | 'before' } | null
  readonly direction: OrderDirection
}

export const DEFAULT_PAGE_SIZE = 20
export const MAX_PAGE_SIZE = 100

/** @throws BadInput where the arguments contradict each other or are out of range */
export function readPageArguments(
  { first, after, last, before }: PageArguments,
  order: OrderDirection,
): PageWish {
  if (isGiven(first) && isGiven(last))
    throw new BadInput('last', 'first and last cannot be used together: first goes forward, last backward')
  if (isGiven(after) && isGiven(before))
    throw new BadInput(
      'before',
      'after and before cannot be used together: use first with after, or last with before',
    )
  if (isGiven(first) && isGiven(before)) throw new BadInput('before', 'before goes with last, not with first')
  if (isGiven(last) && isGiven(after)) throw new BadInput('after', 'after goes with first, not with last')
  const isBackward = isGiven(last) || isGiven(before)
  const size = isBackward ? checkSize('last', last) : checkSize('first', first)
  const direction = isBackward ? reversed(order) : order
  const [text, argument] = isBackward ? ([before, 'before'] as const) : ([after, 'after'] as const)
  return { size, isBackward, direction, cursor: isGiven(text) ? { text, argument } : null }
}

function checkSize(argument: string, size: number | null | undefined): number {
  if (!isGiven(size)) return DEFAULT_PAGE_SIZE
  if (size >= 1 && size <= MAX_PAGE_SIZE) return size
  throw new BadInput(argument, `${argument} is ${size}; it must be from 1 to ${MAX_PAGE_SIZE}`)
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}
