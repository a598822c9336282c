import type { TaskSource } from '../source'

/** How old the answers of a page are, in Unix milliseconds at which they were asked for. */
export interface Reads {
  oldestMs: number
  newestMs: number
}

/** The part of a source that reads lists. */
export type ListSource = Pick<TaskSource, 'before' | 'page'>

/**
 * The same source, except that no answer is older than the one before it. What a task leaves behind while a list is
 * read shows where it went only in an answer that is as new, and a cache may have an older one.
 */
export function monotonicReads(source: ListSource, reads: Reads): ListSource {
  let newestMs = -Infinity
  return {
    before: (plan, second) => source.before(plan, second),
    async page(plan, offset, limit, context) {
      const isBounded = newestMs > (context.notBeforeMs ?? -Infinity)
      const bounded = isBounded ? { ...context, notBeforeMs: newestMs } : context
      const page = await source.page(plan, offset, limit, bounded)
      newestMs = Math.max(newestMs, page.askedAtMs)
      reads.newestMs = Math.max(reads.newestMs, newestMs)
      reads.oldestMs = Math.min(reads.oldestMs, page.askedAtMs)
      return page
    },
  }
}
