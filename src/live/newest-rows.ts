import { MAX_LIMIT, type SourcePage, type SourcePlan } from '../tasks/source'
import { isFinished, type Task } from '../tasks/task'
import type { Board, Shown } from './board'

/** Asks for a page of a list. */
export type Ask = (plan: SourcePlan, offset: number) => Promise<SourcePage>

export interface NewestReading {
  readonly pages: readonly SourcePage[]
  /** The start second down to which all rows were read; null where not all of the newest were. */
  readonly floor: number | null
  /** True where more was new than could be read. */
  readonly isCut: boolean
}

/** The newest 300 rows are watched. */
const PAGES = 3
export const NEWEST_ROWS = PAGES * MAX_LIMIT
/** So many are read where all of their rows are new. */
const MOST_PAGES = 10

/** The newest rows of a source: the pages on which something may change, and more while all that they show is new. */
export class NewestRows {
  private total: number | null = null
  /** How many pages there are down to the last of them that held an unfinished row. */
  private depth = 1

  constructor(
    private readonly plan: SourcePlan,
    private readonly board: Board,
  ) {}

  /** How many pages will be asked for at once. */
  pages(isWide: boolean): number {
    if (this.total === null) return 1
    return Math.max(1, Math.min(isWide ? PAGES : this.depth, Math.ceil(this.total / MAX_LIMIT)))
  }

  /** @param isWide true where all pages are to be read, whether anything may change there or not */
  async read(ask: Ask, isWide: boolean): Promise<NewestReading> {
    const offsets = Array.from({ length: this.pages(isWide) }, (_, page) => page * MAX_LIMIT)
    const pages = await Promise.all(offsets.map((offset) => ask(this.plan, offset)))
    const isAll = isWide || this.hasMovedBelow(pages)
    while (this.goesOn(pages, isAll)) pages.push(await ask(this.plan, pages.length * MAX_LIMIT))
    const total = totalOf(pages)
    this.total = total
    this.depth = 1 + pages.slice(0, PAGES).findLastIndex((page) => tasksOf(page).some(isUnfinished))
    return { pages, floor: floorOf(pages), isCut: this.isAllNew(pages) && !isWhole(pages) }
  }

  /** True where the total has changed by something else than new rows at the top. */
  private hasMovedBelow(pages: readonly SourcePage[]): boolean {
    const unknown = tasksOf(pages[0]).filter(({ number }) => !this.board.has(number)).length
    return this.total === null || totalOf(pages) - this.total !== unknown
  }

  private goesOn(pages: readonly SourcePage[], isAll: boolean): boolean {
    if (isWhole(pages) || pages.length >= MOST_PAGES) return false
    return this.isAllNew(pages) || (pages.length < PAGES && (isAll || this.isMissing(pages)))
  }

  private isAllNew(pages: readonly SourcePage[]): boolean {
    const tasks = tasksOf(pages.at(-1))
    return this.board.isSettled && tasks.length > 0 && !tasks.some(({ number }) => this.board.has(number))
  }

  /** True where something unfinished has been pushed off the pages by new rows. */
  private isMissing(pages: readonly SourcePage[]): boolean {
    const shown = new Set(pages.flatMap((page) => tasksOf(page).map(({ number }) => number)))
    for (const { number } of this.board.unfinishedAmongNewest()) if (!shown.has(number)) return true
    return false
  }
}

/** The rows of a page that can be served. */
export function tasksOf(page: SourcePage | undefined): readonly Task[] {
  return page?.rows.filter((task) => task !== null) ?? []
}

function totalOf(pages: readonly SourcePage[]): number {
  return pages[0]?.total ?? 0
}

function isWhole(pages: readonly SourcePage[]): boolean {
  return pages.length * MAX_LIMIT >= totalOf(pages)
}

function floorOf(pages: readonly SourcePage[]): number | null {
  if (isWhole(pages)) return -Infinity
  if (pages.length < PAGES) return null
  const seconds = pages.flatMap((page) => tasksOf(page).map(({ startSecond }) => startSecond ?? Infinity))
  const floor = Math.min(...seconds)
  return floor === Infinity ? -Infinity : floor
}

function isUnfinished(task: Task): boolean {
  return !isFinished(task)
}

/** A page, and which list showed it. */
export interface ShownPage {
  readonly page: SourcePage
  readonly shown: Shown
}

/** A task as some page showed it. */
export interface ShownTask {
  readonly task: Task
  readonly askedAtMs: number
  readonly shown: Shown
}

/**
 * One state of each task that some page shows, by start. Of two that were asked for in one moment the deeper one is
 * the later, since rows move down while pages are read.
 */
export function newestStates(pages: readonly ShownPage[]): readonly ShownTask[] {
  const states = new Map<bigint, ShownTask>()
  for (const { page, shown } of pages)
    for (const task of tasksOf(page)) {
      const { askedAtMs } = page
      const other = states.get(task.number)
      const state = { task, askedAtMs, shown: other?.shown === 'ended' ? other.shown : shown }
      if (other === undefined || other.askedAtMs <= askedAtMs) states.set(task.number, state)
      else states.set(task.number, { ...other, shown: state.shown })
    }
  return [...states.values()].sort(
    (a, b) => startOf(a.task) - startOf(b.task) || compareNumbers(a.task, b.task),
  )
}

/** What has not begun comes last. */
function startOf({ startSecond }: Task): number {
  return startSecond ?? Number.MAX_SAFE_INTEGER
}

function compareNumbers(a: Task, b: Task): number {
  return a.number < b.number ? -1 : 1
}

/** Marks pages by the list that showed them. */
export function shownAs(shown: Shown): (page: SourcePage) => ShownPage {
  return (page) => ({ page, shown })
}
