import {
  compareKeys,
  compareSeconds,
  isAhead,
  keyOf,
  type Place,
  type TaskKey,
  type Walk,
  NOT_YET,
} from '../order'
import type { Task } from '../task'
import type { ListProblem } from './stream'
import type { Window } from './window'
import type { SourcePlan } from '../source'

/** A row that was read, with the second that placed it in the list. */
export interface ListRow {
  readonly task: Task | null
  readonly second: number
  readonly index: number
}

export interface ListRowsOptions {
  readonly walk: Walk
  /** How far a row may stand from where its second puts it. */
  readonly toleranceSeconds: number
  readonly seconds: RowSeconds
  /** Whether the row is one that the walk looks for. */
  readonly accept: (task: Task) => boolean
  readonly onProblem: (problem: ListProblem) => void
}

/** Rows of a list that were read without a gap. Those that the walk looks for are held back until nothing can come before them. */
export class ListRows {
  /** In the list's order. */
  readonly run: ListRow[] = []
  hasUnservable = false
  /** How many answers the run is made of. */
  answers = 0
  /** The run goes to the list's end. */
  toEnd = false
  private readonly seen = new Map<bigint, Task>()
  private held: { task: Task; second: number; key: TaskKey }[] = []
  private farSecond: number | null = null

  constructor(private readonly options: ListRowsOptions) {}

  get hasHeld(): boolean {
    return this.held.length > 0
  }

  /** Nothing unread stands before this second in the walk; null before the first row. */
  get limit(): number | null {
    const { walk, toleranceSeconds } = this.options
    return this.farSecond === null ? null : shift(this.farSecond, -toleranceSeconds, walk)
  }

  /** @param place rows behind which the walk has been already */
  append(window: Window, from: number, place: Place | null): void {
    const { walk, accept } = this.options
    const followsSorted = this.run.some(({ second }) => Number.isFinite(second))
    const seconds = this.options.seconds(window, followsSorted)
    for (let at = from; at < window.rows.length; at++) {
      const task = window.rows[at] ?? null
      const second = seconds[at] ?? NaN
      this.run.push({ task, second, index: window.first + at })
      this.moveOn(second)
      if (task === null) this.hasUnservable = true
      if (task === null || this.seen.has(task.number)) continue
      this.seen.set(task.number, task)
      const key = keyOf(task, walk)
      if (accept(task) && isAhead(key, place, walk.direction)) this.held.push({ task, second, key })
    }
    this.toEnd = window.reachesEnd
    this.answers += 1
  }

  /** The index of the first row of the window that the run lacks; null where they have none in common. */
  continuesIn({ rows }: Window): number | null {
    const known = rows.findLastIndex((task) => task !== null && this.stillStands(task))
    return known < 0 ? null : known + 1
  }

  /** What nothing unread can precede any more, in the order of the walk. */
  release(): readonly Task[] {
    const { direction } = this.options.walk
    const { limit, toEnd } = this
    const isComplete = ({ second }: { second: number }) =>
      toEnd || (limit !== null && compareSeconds(second, limit, direction) < 0)
    const complete = this.held.filter(isComplete)
    this.held = this.held.filter((row) => !isComplete(row))
    return complete.sort((a, b) => compareKeys(a.key, b.key, direction)).map(({ task }) => task)
  }

  /** Lets go of the run, and of what is held back. */
  clear(): void {
    this.run.length = 0
    this.answers = 0
    this.held = []
    this.seen.clear()
    this.farSecond = null
  }

  private moveOn(second: number): void {
    const { walk, toleranceSeconds, onProblem } = this.options
    if (Number.isNaN(second)) return
    const far = this.farSecond
    if (far !== null && compareSeconds(shift(second, toleranceSeconds, walk), far, walk.direction) < 0)
      onProblem('disorder')
    if (far === null || compareSeconds(second, far, walk.direction) > 0) this.farSecond = second
  }

  /** A row that has begun or ended since it was read stands elsewhere now, and does not tell where the run goes on. */
  private stillStands(task: Task): boolean {
    const before = this.seen.get(task.number)
    const field = this.options.walk.field === 'STARTED_AT' ? 'startSecond' : 'endSecond'
    return before !== undefined && before[field] === task[field]
  }
}

/** Moves a second along the walk. */
export function shift(second: number, seconds: number, { direction }: Walk): number {
  return direction === 'ASC' ? second + seconds : second - seconds
}

/** By which second the upstream sorted each row of a window; NaN where that cannot be told. */
export type RowSeconds = (window: Window, followsSorted: boolean) => readonly number[]

/** The second of each row, where the plan says on which side rows without one are; else what the rows around them tell. */
export function rowSeconds({ timeless, direction }: SourcePlan, walk: Walk): RowSeconds {
  const timeOf = ({ startSecond, endSecond }: Task) => (walk.field === 'STARTED_AT' ? startSecond : endSecond)
  const [near = NOT_YET, far = NOT_YET] = [NOT_YET, Infinity].sort((a, b) =>
    compareSeconds(a, b, walk.direction),
  )
  if (timeless === 'UNKNOWN') return inferred(timeOf, near, far)
  const side = (timeless === 'FIRST') === (direction === walk.direction) ? near : far
  return ({ rows }) => rows.map((task) => (task === null ? NaN : (timeOf(task) ?? side)))
}

/** Before a row that has a second they are on the near side, behind one on the far side, and alone they tell nothing. */
function inferred(timeOf: (task: Task) => number | null, near: number, far: number): RowSeconds {
  return ({ rows, atStart }, followsSorted) => {
    const firstTimed = rows.findIndex((task) => task !== null && timeOf(task) !== null)
    const isNear = (at: number) => !followsSorted && (at < firstTimed || (firstTimed < 0 && atStart))
    const isFar = (at: number) => followsSorted || (firstTimed >= 0 && at > firstTimed)
    return rows.map((task, at) =>
      task === null ? NaN : (timeOf(task) ?? (isNear(at) ? near : isFar(at) ? far : NaN)),
    )
  }
}
