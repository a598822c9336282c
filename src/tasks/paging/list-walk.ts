import { UpstreamFailure } from '../../failure'
import type { CallContext } from '../../call-context'
import { compareSeconds, furthest, isAhead, keyOf, type OrderDirection, type Place } from '../order'
import { MAX_LIMIT } from '../source'
import type { Task } from '../task'
import { ListRows, shift, type ListRow, type ListRowsOptions } from './list-rows'
import { seek } from './seek'
import { hintOf, type CallBudget, type ListHint, type TaskStream } from './stream'
import type { Window, WindowReader } from './window'

/** What a walk through one list needs to know. */
export interface ListWalkOptions extends ListRowsOptions {
  readonly reader: WindowReader
  readonly place: Place | null
  readonly hint: ListHint | null
  readonly budget: CallBudget
  /** How many rows the page may want from the list. */
  readonly wanted: number
  /** True where other rows than those beyond the bounds of time may be refused, so that a row there need not match. */
  readonly scans: boolean
  /** No row beyond this second, in the walk's direction, is accepted. */
  readonly lastSecond: number | null
}

/**
 * Walks one list. An answer counts only if it is proved (`seek`), or continues rows that were; rows become ready
 * in whole seconds only, sorted here, so that equal seconds may come in any steady order.
 */
export class ListWalk implements TaskStream {
  readonly ready: Task[] = []
  state: 'reading' | 'exhausted' | 'stopped' = 'reading'
  frontier: Place | null
  private readonly rows: ListRows
  private readonly direction: OrderDirection
  private place: Place | null
  private hint: ListHint | null
  /** The run begins where the list does. */
  private fromStart = false
  /** The newest one. */
  private window: Pick<Window, 'first' | 'rows' | 'overlap'> = { first: 0, rows: [], overlap: 0 }

  constructor(private readonly options: ListWalkOptions) {
    this.rows = new ListRows(options)
    this.place = options.place
    this.frontier = options.place
    this.hint = options.hint
    this.direction = options.walk.direction
  }

  /** All rows read so far, in the list's order and without a gap. */
  get run(): readonly ListRow[] {
    return this.rows.run
  }

  get isUncountable(): boolean {
    return this.rows.hasUnservable || this.options.reader.isContradicted
  }

  get total(): number | null {
    return this.run.length > 0 || this.state === 'exhausted' ? this.options.reader.total : null
  }

  get whole(): readonly (Task | null)[] | null {
    return this.isWhole && this.rows.answers === 1 ? this.run.map(({ task }) => task) : null
  }

  /** True where the run is the whole list. */
  get isWhole(): boolean {
    return this.fromStart && this.rows.toEnd
  }

  /** True where the run is the whole list, with all that went to its latest end while it was read. */
  get holdsAll(): boolean {
    return this.isWhole && (this.rows.answers === 1 || this.direction === 'ASC')
  }

  /** True where the run has the list's end at which rows of that order come first. */
  reaches(direction: OrderDirection): boolean {
    return direction === this.direction ? this.fromStart : this.rows.toEnd
  }

  async pull(scope: CallContext): Promise<void> {
    if (this.run.length === 0) await this.start(scope)
    else if (this.options.budget.left > 0) await this.readOn(scope)
    else {
      this.stop()
      return
    }
    this.release()
  }

  hasLeftover(): boolean {
    return this.rows.hasHeld
  }

  hasBehind(): boolean | null {
    const { place, accept, walk, scans, toleranceSeconds } = this.options
    if (place === null) return false
    const isBehind = (task: Task | null) =>
      task !== null && accept(task) && !isAhead(keyOf(task, walk), place, this.direction)
    if (this.run.some(({ task }) => isBehind(task))) return true
    // What stands before the run lies, like its first row, beyond the bounds.
    return this.fromStart || !(scans || toleranceSeconds > 0) ? false : null
  }

  hintAt(place: Place | null): ListHint | null {
    const total = this.options.reader.total
    if (place === null || total === null) return this.hint
    if (this.run.length === 0) return this.hint ?? { offset: 0, total }
    const proof = this.run.findLast(({ second }) => this.stands(second, place))
    return hintOf((proof ?? this.run[0])?.index ?? 0, total)
  }

  private async start(scope: CallContext): Promise<void> {
    const { reader, budget, wanted, toleranceSeconds, walk } = this.options
    const second = this.place && shift(this.place.second, -toleranceSeconds, walk)
    const question = { second, hint: this.hint, wanted, direction: this.direction }
    const window = await seek(question, reader, budget, scope, (window) => this.judge(window))
    this.fromStart = window.atStart
    this.rows.append(window, 0, this.place)
    this.window = window
  }

  private judge(window: Window): 'early' | 'proved' | 'unproved' {
    const seconds = this.options.seconds(window, false)
    const place = this.place
    if (window.rows.length === 0 && !window.atStart)
      return this.options.reader.isAgainst ? 'early' : 'unproved'
    if (place === null) return window.atStart ? 'proved' : 'unproved'
    if (!window.atStart && !seconds.some((second) => this.stands(second, place))) return 'unproved'
    const last = seconds.at(-1)
    return !window.reachesEnd && last !== undefined && this.stands(last, place) ? 'early' : 'proved'
  }

  /** True where a row of that second proves that no row ahead of the place stands before it in the list. */
  private stands(second: number, place: Place): boolean {
    // A row of which no second is known proves nothing.
    if (Number.isNaN(second)) return false
    const { toleranceSeconds, walk } = this.options
    const order = compareSeconds(shift(second, toleranceSeconds, walk), place.second, this.direction)
    return order < 0 || (order === 0 && place.at === 'after')
  }

  private async readOn(scope: CallContext): Promise<void> {
    const { reader, budget } = this.options
    budget.left -= 1
    const { first, rows, overlap } = this.window
    const offset = first + rows.length - overlap
    if (reader.isInPieces) this.options.onProblem({ kind: 'answer too large', offset })
    const window = await reader.read(offset, scope)
    const isSameEnd = window.reachesEnd && window.first + window.rows.length === first + rows.length
    // Rows that cannot be served continue nothing, but behind the same end there is nothing.
    const next =
      overlap === 0 ? 0 : (this.rows.continuesIn(window) ?? (isSameEnd ? window.rows.length : null))
    if (next === null) this.lose()
    else this.rows.append(window, next, this.place)
    this.window = window
  }

  /** The list moved by more than a window: what is ready stays, the rest is looked for anew. */
  private lose(): void {
    this.hint = this.hintAt(this.frontier)
    this.place = furthest(this.place, this.frontier, this.direction)
    this.rows.clear()
  }

  /** Makes ready what nothing unread can precede any more. */
  private release(): void {
    const { lastSecond } = this.options
    const { limit, toEnd } = this.rows
    this.ready.push(...this.rows.release())
    if (limit !== null && limit < Infinity)
      this.frontier = furthest(this.frontier, { at: 'before', second: limit }, this.direction)
    const isPast =
      lastSecond !== null && limit !== null && compareSeconds(limit, lastSecond, this.direction) > 0
    if (toEnd || isPast) this.state = 'exhausted'
  }

  private stop(): void {
    if (this.frontier === this.options.place) throw tooDense()
    this.state = 'stopped'
  }
}

/** Told where a list needs more calls than a page may spend on it. */
export function tooDense(): UpstreamFailure {
  return new UpstreamFailure(
    'UPSTREAM_INVALID_RESPONSE',
    `the list moved too fast, or too many of its tasks share one second, to be read within the calls that one page may spend (${MAX_LIMIT} tasks a call)`,
    { retryable: true },
  )
}
