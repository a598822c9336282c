import { MAX_LIMIT, type SourcePage, type SourcePlan } from '../tasks/source'
import { isFinished } from '../tasks/task'
import { tasksOf } from './newest-rows'

/** Walks through what is unfinished, however deep, one page at a time. */
export interface Sweep {
  /** Where to read next; null where all was read. */
  next(): { readonly plan: SourcePlan; readonly offset: number } | null
  take(page: SourcePage): void
  /** False where it has stopped before the end. */
  readonly isWhole: boolean
}

/** What one sweep may read. */
const MOST_PAGES = 10
/** The end of a list moves while it is read. */
const MARGIN = 20

/** Down a list, from a row of it to another; to its end where that is null. */
export function sweepDown(plan: SourcePlan, from: number, to: number | null): Sweep {
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
export function sweepUp(plan: SourcePlan, total: number): Sweep {
  let [offset, read, isWhole] = [Math.max(0, total - MAX_LIMIT + MARGIN), 0, false]
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
