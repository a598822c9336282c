import type { TaskSource } from '../source'

/** How new the answers of a page are. */
export interface Answered {
  /** Unix milliseconds at which the newest was asked for. */
  newestMs: number
}

/**
 * The same source, except that no answer is older than the one before it. What a task leaves behind while a list is
 * read shows where it went only in an answer that is as new, and a cache may have an older one.
 */
export function forwardInTime(source: TaskSource, page: Answered): TaskSource {
  let newestMs = -Infinity
  return {
    key: source.key,
    callsPerSecond: source.callsPerSecond,
    plan: (filter, order) => source.plan(filter, order),
    before: (plan, second) => source.before(plan, second),
    find: (id, scope) => source.find(id, scope),
    async page(plan, offset, limit, scope) {
      const notBeforeMs = Math.max(newestMs, scope.notBeforeMs ?? -Infinity)
      const answer = await source.page(plan, offset, limit, { ...scope, notBeforeMs })
      newestMs = Math.max(newestMs, answer.askedAtMs)
      page.newestMs = Math.max(page.newestMs, newestMs)
      return answer
    },
  }
}
