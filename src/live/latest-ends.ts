import { MAX_LIMIT, type SourcePage, type SourcePlan, type TaskSource } from '../tasks/source'
import { isFinished, type TaskStatus } from '../tasks/task'
import type { Board } from './board'
import { tasksOf, type Ask, NEWEST_ROWS } from './newest-rows'
import { NEWEST_FIRST } from '../tasks/order'

interface EndsReading {
  readonly pages: readonly SourcePage[]
  /** The end second down to which all ends were read; null where none was found. */
  readonly floor: number | null
}

/** So many unfinished rows above the border are read again, since it moves. */
const MARGIN = 50
const MOST_CALLS = 10
/** After so many rounds the border is looked for again that was not to be found. */
const PAUSE_ROUNDS = 8

/**
 * What ended last, by the list that is sorted by end, latest first: however deep it is by start. The list may begin
 * with what is unfinished or end with it, so the border above the latest end is looked for.
 */
export class LatestEnds {
  private border = 0
  private pause = 0
  /** Rows of the list. */
  total = 0

  constructor(
    private readonly plan: SourcePlan,
    private readonly board: Board,
  ) {}

  /** Where the first row stands that has ended. */
  get firstEnd(): number {
    return this.border
  }

  async read(ask: Ask): Promise<EndsReading> {
    if (this.pause > 0) {
      this.pause -= 1
      return { pages: [], floor: null }
    }
    let top = Math.max(0, this.border - MARGIN)
    const pages = [await ask(this.plan, top)]
    while (top > 0 && !isUnfinishedAt(pages[0], 0) && pages.length < MOST_CALLS) {
      top = Math.max(0, top - MAX_LIMIT)
      pages.unshift(await ask(this.plan, top))
    }
    while (this.goesOn(pages, top)) pages.push(await ask(this.plan, top + pages.length * MAX_LIMIT))
    return this.conclude(pages, top)
  }

  /** True where the last page shows no end, or none that was known. */
  private goesOn(pages: readonly SourcePage[], top: number): boolean {
    const last = pages.at(-1)
    if (last === undefined || pages.length >= MOST_CALLS) return false
    if (top + pages.length * MAX_LIMIT >= last.total) return false
    const ended = tasksOf(last).filter(isFinished)
    if (ended.length === 0) return true
    return this.board.isSettled && !ended.some(({ number }) => this.isKnownAsFinished(number))
  }

  private conclude(pages: readonly SourcePage[], top: number): EndsReading {
    const rows = pages.flatMap((page) => page.rows)
    const first = rows.findIndex((task) => task !== null && isFinished(task))
    const isWhole = top + pages.length * MAX_LIMIT >= (pages.at(-1)?.total ?? 0)
    this.total = pages.at(-1)?.total ?? 0
    this.border = first < 0 ? 0 : top + first
    if (first < 0 && !isWhole) this.pause = PAUSE_ROUNDS
    if (first < 0) return { pages, floor: null }
    if (isWhole) return { pages, floor: -Infinity }
    const seconds = rows.map((task) => task?.endSecond ?? Infinity)
    return { pages, floor: Math.min(...seconds) }
  }

  private isKnownAsFinished(number: bigint): boolean {
    const known = this.board.get(number)
    return known !== null && isFinished(known)
  }
}

function isUnfinishedAt(page: SourcePage | undefined, index: number): boolean {
  const task = page?.rows[index] ?? null
  return task !== null && !isFinished(task)
}

/** Tasks move so fast through a list that is read page by page that the next page begins some rows earlier. */
const TOP_MARGIN = 10

interface SweptPage {
  readonly page: SourcePage
  /** At the end of a sweep, when it began: what was not seen since is in no list. Null while it goes on. */
  readonly sinceMs: number | null
  /** True at the end of a sweep that has read everything. */
  readonly isWhole: boolean
}

/** Watches every unfinished task below the newest rows. */
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

  /** How many rows of the list by status are among the newest rows, which are read anyway. */
  private above(statuses: ReadonlySet<TaskStatus>): number {
    let count = 0
    for (const { status } of this.board.unfinishedAmongNewest()) if (statuses.has(status)) count += 1
    return Math.floor(Math.max(0, count - TOP_MARGIN) / MAX_LIMIT) * MAX_LIMIT
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
interface Sweep {
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
function sweepDown(plan: SourcePlan, from: number, to: number | null): Sweep {
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
function sweepUp(plan: SourcePlan, total: number): Sweep {
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
