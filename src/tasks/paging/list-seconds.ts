import { compareSeconds, NOT_YET, type OrderDirection } from '../order'
import type { Task } from '../task'
import type { Window } from './window'

/** By which second the upstream sorted each row; NaN where that cannot be told. */
export type ListSeconds = (window: Window, followsSorted: boolean) => readonly number[]

/** A list by start time: what has not begun stands before everything else. */
export const startSeconds: ListSeconds = ({ rows }) =>
  rows.map((task) => (task === null ? NaN : (task.startSecond ?? NOT_YET)))

/**
 * A list by end time. It is not documented on which side its unfinished rows stand: before a finished row they stand
 * on the walk's near side, behind one on the far side, and alone in the middle of a list they tell nothing.
 */
export function endSeconds(direction: OrderDirection): ListSeconds {
  const [near, far] = [NOT_YET, Infinity].sort((a, b) => compareSeconds(a, b, direction))
  return ({ rows, first }, followsSorted) => {
    const firstEnded = rows.findIndex(hasEnded)
    const isNear = (at: number) => !followsSorted && (at < firstEnded || (firstEnded < 0 && first <= 0))
    const isFar = (at: number) => followsSorted || (firstEnded >= 0 && at > firstEnded)
    return rows.map((task, at) => {
      if (task === null) return NaN
      return task.endSecond ?? (isNear(at) ? near : isFar(at) ? far : NaN) ?? NaN
    })
  }
}

function hasEnded(task: Task | null): boolean {
  return task !== null && task.endSecond !== null
}
