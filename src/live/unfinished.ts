import { NEWEST_FIRST } from '../tasks/order'
import { MAX_LIMIT, type SourcePage, type SourcePlan, type TaskSource } from '../tasks/source'
import type { TaskStatus } from '../tasks/task'
import type { Board } from './board'
import type { LatestEnds } from './latest-ends'
import { NEWEST_ROWS, type Ask } from './newest-rows'
import { sweepDown, sweepUp, type Sweep } from './sweep'

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
