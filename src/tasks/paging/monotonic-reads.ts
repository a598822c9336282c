import type { TaskSource } from '../source'

/** How new the answers of a page are. */
export interface Answered {
  /** Unix milliseconds at which the newest was asked for. */
  newestMs: number
}

/** The part of a source that reads lists. */
export type ListSource = Pick<TaskSource, 'before' | 'page'>

/**
 * The same source, except that no answer is older than the one before it. What a task leaves behind while a list is
 * read shows where it went only in an answer that is as new, and a cache may have an older one.
 */
export function monotonicReads(source: ListSource, page: Answered): ListSource {
  let newestMs = -Infinity
  return {
    before: (plan, second) => source.before(plan, second),
    async page(plan, offset, limit, scope) {
      const notBeforeMs = Math.max(newestMs, scope.notBeforeMs ?? -Infinity)
      const answer = await source.page(plan, offset, limit, { ...scope, notBeforeMs })
      newestMs = Math.max(newestMs, answer.askedAtMs)
      page.newestMs = Math.max(page.newestMs, newestMs)
      return answer
    },
  }
}
