import type { SourcePage } from '../tasks/source'
import type { Task } from '../tasks/task'
import type { Shown } from './board'
import { tasksOf } from './newest-rows'

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
