import { NEWEST_FIRST } from '../tasks/order'
import { MAX_LIMIT, type SourcePage, type SourcePlan, type TaskSource } from '../tasks/source'
import { type TaskStatus, isFinished } from '../tasks/task'
import type { Board } from './board'
import type { LatestEnds } from './latest-ends'
import { NEWEST_ROWS, type Ask, tasksOf } from './newest-rows'

/** Tasks move so fast through a list that is read page by page that the next page begins some rows earlier. */
const MARGIN = 10

export interface SweptPage {
  readonly page: SourcePage
  /** At the end of a sweep, when it began: what was not seen since is in no list. Null while it goes on. */
  readonly sinceMs: number | null
  /** True at the end of a sweep that has read everything. */
  readonly isWhole: boolean
}

/** Keeps an eye on everything unfinished that stands deeper than the newest rows. */
export class Unfinished {
  private sweep: Sweep | null = null
  private beganMs = 0
  private readonly byStatus: { plan: SourcePlan; statuses: ReadonlySet<TaskStatus> } | null

  /** @param ends null where the upstream has no list by end */
  constructor(
    source: TaskSource,
    private readonly newest: SourcePlan,
    private readonly ends: { readonly plan: SourcePlan; readonly latest: LatestEnds } | null,
    private readonly board: Board,
  ) {
    this.byStatus = planByStatus(source)
  }

  get isUnderWay(): boolean {
    return this.sweep !== null
  }

  begin(nowMs: number): void {
    this.beganMs = nowMs
    this.sweep = this.createSweep()
  }

  /** Reads one page more; null where no sweep is under way. */
  async read(ask: Ask): Promise<SweptPage | null> {
    const place = this.sweep?.next()
    if (this.sweep === null || !place) return null
    const page = await ask(place.plan, place.offset)
    this.sweep.take(page)
    if (this.sweep.next() !== null) return { page, sinceMs: null, isWhole: false }
    const { isWhole } = this.sweep
    this.sweep = null
    return { page, sinceMs: this.beganMs, isWhole }
  }

  private createSweep(): Sweep {
    if (this.byStatus !== null) return sweepDown(this.byStatus.plan, this.above(this.byStatus.statuses), null)
    if (this.ends === null) return sweepDown(this.newest, NEWEST_ROWS, null)
    const { plan, latest } = this.ends
    return latest.firstEnd > 0 ? sweepDown(plan, 0, latest.firstEnd) : sweepUp(plan, latest.total)
  }

  /** How many rows of the list by status stand among the newest, which are read anyway. */
  private above(statuses: ReadonlySet<TaskStatus>): number {
    let count = 0
    for (const { status } of this.board.unfinishedAmongNewest()) if (statuses.has(status)) count += 1
    return Math.floor(Math.max(0, count - MARGIN) / MAX_LIMIT) * MAX_LIMIT
  }
}

/** The list of what is unfinished as far as the upstream can be asked for it; null where it cannot. */
function planByStatus(source: TaskSource): { plan: SourcePlan; statuses: ReadonlySet<TaskStatus> } | null {
  const statuses = source.askableStatuses.filter((status) => UNFINISHED.has(status))
  const [plan] = statuses.length === 0 ? [] : source.plan({ statuses }, NEWEST_FIRST)
  return plan === undefined ? null : { plan, statuses: new Set(statuses) }
}

const UNFINISHED: ReadonlySet<TaskStatus> = new Set(['PENDING', 'WAITING', 'RUNNING', 'PAUSED', 'UNKNOWN'])

/** Walks through what is unfinished, however deep, one page at a time. */
export interface Sweep {
  /** Where to read next; null where all was read. */
  next(): { readonly plan: SourcePlan; readonly offset: number } | null
  take(page: SourcePage): void
  /** False where it has stopped before the end. */
  readonly isWhole: boolean
}

/** What one sweep may read. */
const MOST_PAGES = 10
/** The end of a list moves while it is read. */
const END_MARGIN = 20

/** Down a list, from a row of it to another; to its end where that is null. */
export function sweepDown(plan: SourcePlan, from: number, to: number | null): Sweep {
  let [offset, end, read] = [from, to ?? Infinity, 0]
  return {
    next: () => (offset < end && read < MOST_PAGES ? { plan, offset } : null),
    take(page) {
      read += 1
      offset += MAX_LIMIT
      end = Math.min(end, page.total)
    },
    get isWhole() {
      return offset >= end
    },
  }
}

/** Up a list from its end, as far as everything on a page is unfinished. */
export function sweepUp(plan: SourcePlan, total: number): Sweep {
  let [offset, read, isWhole] = [Math.max(0, total - MAX_LIMIT + END_MARGIN), 0, false]
  return {
    next: () => (isWhole || read >= MOST_PAGES ? null : { plan, offset }),
    take(page) {
      read += 1
      isWhole = offset === 0 || tasksOf(page).some(isFinished)
      offset = Math.max(0, offset - MAX_LIMIT)
    },
    get isWhole() {
      return isWhole
    },
  }
}
