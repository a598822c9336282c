import type { CallContext } from '../../call-context'
import type { OrderDirection } from '../order'
import { MAX_LIMIT, type SourcePage, type SourcePlan } from '../source'
import type { Task } from '../task'
import type { SourceReads } from '../observed-source'

/** A stretch of an upstream list, turned into the direction of the walk. */
export interface Window {
  /** How many rows of the walk stand before the first one; zero or less: it begins at the list's end on the walk's side. */
  readonly first: number
  readonly rows: readonly (Task | null)[]
  readonly total: number
  readonly reachesEnd: boolean
}

/** Reads one list at indexes that count from where the walk begins, whichever way the upstream lists it. */
export class WindowReader {
  private lastTotal: number | null

  constructor(
    private readonly source: SourceReads,
    private readonly plan: SourcePlan,
    private readonly direction: OrderDirection,
    total: number | null,
    /** How many rows are asked for where the list begins. */
    private readonly rowsAtStart = MAX_LIMIT,
  ) {
    this.lastTotal = total
  }

  /** True where the upstream counts the rows before a second. */
  get canCount(): boolean {
    return this.source.before(this.plan, 0) !== null
  }

  /** How many rows a window holds at least from its start on, save at the list's end. */
  get width(): number {
    return this.plan.isAligned ? ALIGNED_ROWS : MAX_LIMIT
  }

  get total(): number | null {
    return this.lastTotal
  }

  /** From `start`, which may be negative to leave room for rows that arrive at a far end; from before it in an aligned list. */
  async read(start: number, scope: CallContext): Promise<Window> {
    if (this.plan.direction !== this.direction) return this.readAgainst(start, scope)
    const from = Math.max(0, start)
    const plain = { offset: from, limit: from === 0 ? this.rowsAtStart : MAX_LIMIT }
    const { offset, limit } = this.plan.isAligned ? alignedOn(plain) : plain
    const { rows, total } = await this.source.page(this.plan, offset, limit, scope)
    this.lastTotal = total
    return { first: offset, rows, total, reachesEnd: rows.length === 0 || offset + rows.length >= total }
  }

  /**
   * How many rows of the walk stand before the second, as the upstream counts them.
   * @throws Error where it cannot count them
   */
  async countBefore(second: number, scope: CallContext): Promise<number> {
    const along = this.plan.direction === this.direction
    // Against the list's direction, what the walk has still to come to stands before the second; one more leaves room
    // for a bound that is exclusive: an index that is too early is still proved, one that is too late is not.
    const narrowed = this.source.before(this.plan, along ? second : second - 2)
    if (narrowed === null) throw new Error('the upstream cannot count the rows before a second')
    const { total } = await this.source.page(narrowed, 0, 1, scope)
    return along ? total : (this.lastTotal ?? (await this.page({ offset: 0, limit: 1 }, scope)).total) - total
  }

  private async readAgainst(start: number, scope: CallContext): Promise<Window> {
    if (this.lastTotal === null) {
      const { rows, total } = await this.page({ offset: 0, limit: MAX_LIMIT }, scope)
      if (total <= rows.length) return { first: 0, rows: [...rows].reverse(), total, reachesEnd: true }
    }
    const end = Math.max(1, (this.lastTotal ?? 0) - start)
    const plain = { offset: Math.max(0, end - MAX_LIMIT), limit: Math.min(MAX_LIMIT, end) }
    const stretch = this.plan.isAligned ? alignedBack(plain) : plain
    const { rows, total } = await this.page(stretch, scope)
    const { offset } = stretch
    return { first: total - offset - rows.length, rows: [...rows].reverse(), total, reachesEnd: offset === 0 }
  }

  private async page({ offset, limit }: Stretch, scope: CallContext): Promise<SourcePage> {
    const page = await this.source.page(this.plan, offset, limit, scope)
    this.lastTotal = page.total
    return page
  }
}

/** Rows of an upstream list. */
export interface Stretch {
  readonly offset: number
  readonly limit: number
}

/** What a page holds at least of what it is asked for, wherever that begins. */
export const ALIGNED_ROWS = MAX_LIMIT / 2

/** Where Offset must be a multiple of Limit: the page that holds the stretch's first row and goes on furthest from it. */
export function alignedOn({ offset, limit }: Stretch): Stretch {
  if (offset === 0) return { offset, limit }
  return best(pagesWith(offset), (page) => page.offset + page.limit)
}

/** The page that holds the stretch's last row and goes back furthest from it. */
export function alignedBack({ offset, limit }: Stretch): Stretch {
  return best(pagesWith(offset + limit - 1), (page) => -page.offset)
}

function pagesWith(row: number): readonly Stretch[] {
  return Array.from({ length: MAX_LIMIT }, (_, at) => ({ offset: row - (row % (at + 1)), limit: at + 1 }))
}

function best(pages: readonly Stretch[], reach: (page: Stretch) => number): Stretch {
  return pages.reduce((a, b) => (reach(b) > reach(a) ? b : a))
}
