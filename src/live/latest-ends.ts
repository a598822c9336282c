import { MAX_LIMIT, type SourcePage, type SourcePlan } from '../tasks/source'
import { isFinished } from '../tasks/task'
import type { Board } from './board'
import { tasksOf, type Ask } from './newest-rows'

export interface EndsReading {
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
