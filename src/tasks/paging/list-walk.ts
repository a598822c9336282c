import { UpstreamFailure } from '../../failure'
import type { CallScope } from '../../scope'
import {
  compareKeys,
  compareSeconds,
  furthest,
  isAhead,
  keyOf,
  type OrderDirection,
  type Place,
  type TaskKey,
  type Walk,
} from '../order'
import { MAX_LIMIT } from '../source'
import type { Task } from '../task'
import { locate } from './locate'
import type { CallBudget, ListHint, TaskStream } from './stream'
import type { Window, WindowReader } from './window'

/** What a walk through one list needs to know. */
export interface ListWalkOptions {
  readonly reader: WindowReader
  readonly walk: Walk
  readonly place: Place | null
  readonly hint: ListHint | null
  readonly budget: CallBudget
  /** How many rows the page may want from the list. */
  readonly wanted: number
  /** How far a row may stand from where its second puts it. */
  readonly toleranceSeconds: number
  /** The second by which the upstream sorted each row of a window; NaN where that is not known. */
  readonly seconds: (window: Window, followsSorted: boolean) => readonly number[]
  /** Whether the row is one that the walk looks for. */
  readonly accept: (task: Task) => boolean
  /** True where other rows than those beyond the bounds of time may be refused, so that a row there need not match. */
  readonly scans: boolean
  /** No row beyond this second, in the walk's direction, is accepted. */
  readonly lastSecond: number | null
  /** Told of a list that runs against its order. */
  readonly onDisorder: () => void
}

/** A row that was read, with the second that placed it in the list. */
export interface ListRow {
  readonly task: Task | null
  readonly second: number
  readonly index: number
}

/** Rows that consecutive windows share, so that the second continues the first. */
const OVERLAP = 5

/**
 * Walks one list. An answer counts only if it is proved (`locate`), or continues rows that were; rows become ready
 * in whole seconds only, sorted here, so that equal seconds may come in any steady order.
 */
export class ListWalk implements TaskStream {
  readonly ready: Task[] = []
  state: 'reading' | 'exhausted' | 'stopped' = 'reading'
  frontier: Place | null
  hasUnservable = false
  /** All rows read so far, in the list's order and without a gap. */
  readonly run: ListRow[] = []
  private readonly seen = new Map<bigint, Task>()
  private readonly direction: OrderDirection
  private held: { task: Task; second: number; key: TaskKey }[] = []
  private place: Place | null
  private hint: ListHint | null
  private farSecond: number | null = null
  /** How many answers the run is made of. */
  private answers = 0
  /** The run begins where the list does, and goes to its end. */
  private fromStart = false
  private toEnd = false

  constructor(private readonly options: ListWalkOptions) {
    this.place = options.place
    this.frontier = options.place
    this.hint = options.hint
    this.direction = options.walk.direction
  }

  get total(): number | null {
    return this.run.length > 0 || this.state === 'exhausted' ? this.options.reader.total : null
  }

  get whole(): readonly (Task | null)[] | null {
    return this.isWhole && this.answers === 1 ? this.run.map(({ task }) => task) : null
  }

  /** True where the run is the whole list. */
  get isWhole(): boolean {
    return this.fromStart && this.toEnd
  }

  /** True where the run is the whole list, with all that went to its latest end while it was read. */
  get holdsAll(): boolean {
    return this.isWhole && (this.answers === 1 || this.direction === 'ASC')
  }

  /** True where the run has the list's end at which rows of that order come first. */
  reaches(direction: OrderDirection): boolean {
    return direction === this.direction ? this.fromStart : this.toEnd
  }

  async pull(scope: CallScope): Promise<void> {
    if (this.run.length === 0) await this.start(scope)
    else if (this.options.budget.left > 0) await this.readOn(scope)
    else {
      this.stop()
      return
    }
    this.release()
  }

  hasLeftover(): boolean {
    return this.held.length > 0
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
    return { offset: proof?.index ?? Math.max(0, this.run[0]?.index ?? 0), total }
  }

  private async start(scope: CallScope): Promise<void> {
    const { reader, budget, wanted, toleranceSeconds } = this.options
    const second = this.place && this.shift(this.place.second, -toleranceSeconds)
    const question = { second, hint: this.hint, wanted, direction: this.direction }
    const window = await locate(question, reader, budget, scope, (window) => this.judge(window))
    this.fromStart = window.first <= 0
    this.append(window, 0)
  }

  private judge(window: Window): 'early' | 'proved' | 'unproved' {
    const seconds = this.options.seconds(window, false)
    const place = this.place
    if (place === null) return window.first <= 0 ? 'proved' : 'unproved'
    if (window.first > 0 && !seconds.some((second) => this.stands(second, place))) return 'unproved'
    const last = seconds.at(-1)
    return !window.reachesEnd && last !== undefined && this.stands(last, place) ? 'early' : 'proved'
  }

  /** True where a row of that second proves that no row ahead of the place stands before it in the list. */
  private stands(second: number, place: Place): boolean {
    // A row of which no second is known proves nothing.
    if (Number.isNaN(second)) return false
    const order = compareSeconds(
      this.shift(second, this.options.toleranceSeconds),
      place.second,
      this.direction,
    )
    return order < 0 || (order === 0 && place.at === 'after')
  }

  private async readOn(scope: CallScope): Promise<void> {
    const { reader, budget } = this.options
    budget.left -= 1
    const from = (this.run.at(-1)?.index ?? 0) + 1 - OVERLAP
    const window = await reader.read(from, scope)
    const known = window.rows.findLastIndex((task) => task !== null && this.stillStands(task))
    if (known >= 0) this.append(window, known + 1)
    else this.lose()
  }

  /** The list moved by more than a window: what is ready stays, the rest is looked for anew. */
  private lose(): void {
    this.hint = this.hintAt(this.frontier)
    this.place = furthest(this.place, this.frontier, this.direction)
    this.run.length = 0
    this.answers = 0
    this.held = []
    this.seen.clear()
    this.farSecond = null
  }

  private append(window: Window, from: number): void {
    const { accept, walk, onDisorder } = this.options
    const seconds = this.options.seconds(
      window,
      this.run.some(({ second }) => Number.isFinite(second)),
    )
    for (const [at, task] of window.rows.entries()) {
      const second = seconds[at] ?? NaN
      if (at < from) continue
      this.run.push({ task, second, index: window.first + at })
      if (task === null) this.hasUnservable = true
      if (!Number.isNaN(second)) {
        if (this.runsBack(second)) onDisorder()
        if (this.farSecond === null || compareSeconds(second, this.farSecond, this.direction) > 0)
          this.farSecond = second
      }
      if (task === null || this.seen.has(task.number)) continue
      this.seen.set(task.number, task)
      const key = keyOf(task, walk)
      if (accept(task) && isAhead(key, this.place, this.direction)) this.held.push({ task, second, key })
    }
    this.toEnd = window.reachesEnd
    this.answers += 1
  }

  /** A row that has begun or ended since it was read stands elsewhere now, and does not tell where the run goes on. */
  private stillStands(task: Task): boolean {
    const before = this.seen.get(task.number)
    const field = this.options.walk.field === 'STARTED_AT' ? 'startSecond' : 'endSecond'
    return before !== undefined && before[field] === task[field]
  }

  private runsBack(second: number): boolean {
    if (this.farSecond === null) return false
    return (
      compareSeconds(this.shift(second, this.options.toleranceSeconds), this.farSecond, this.direction) < 0
    )
  }

  /** Makes ready what nothing unread can precede any more. */
  private release(): void {
    const limit = this.farSecond === null ? null : this.shift(this.farSecond, -this.options.toleranceSeconds)
    const isComplete = (second: number) => limit !== null && compareSeconds(second, limit, this.direction) < 0
    const rows = this.toEnd ? this.held : this.held.filter(({ second }) => isComplete(second))
    if (!this.toEnd) this.held = this.held.filter(({ second }) => !isComplete(second))
    else this.held = []
    rows.sort((a, b) => compareKeys(a.key, b.key, this.direction))
    this.ready.push(...rows.map(({ task }) => task))
    if (limit !== null && limit < Infinity)
      this.frontier = furthest(this.frontier, { at: 'before', second: limit }, this.direction)
    const { lastSecond } = this.options
    const isPast =
      lastSecond !== null && limit !== null && compareSeconds(limit, lastSecond, this.direction) > 0
    if (this.toEnd || isPast) this.state = 'exhausted'
  }

  private stop(): void {
    if (this.frontier === this.options.place) throw tooDense()
    this.state = 'stopped'
  }

  /** Moves a second along the walk. */
  private shift(second: number, seconds: number): number {
    return this.direction === 'ASC' ? second + seconds : second - seconds
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
