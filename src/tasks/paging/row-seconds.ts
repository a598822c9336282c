import { compareSeconds, NOT_YET, type Walk } from '../order'
import type { SourcePlan } from '../source'
import type { Task } from '../task'
import type { Window } from './window'

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
  return ({ rows, first }, followsSorted) => {
    const firstTimed = rows.findIndex((task) => task !== null && timeOf(task) !== null)
    const isNear = (at: number) => !followsSorted && (at < firstTimed || (firstTimed < 0 && first <= 0))
    const isFar = (at: number) => followsSorted || (firstTimed >= 0 && at > firstTimed)
    return rows.map((task, at) =>
      task === null ? NaN : (timeOf(task) ?? (isNear(at) ? near : isFar(at) ? far : NaN)),
    )
  }
}
