import type { CallContext } from '../call-context'
import { UNCACHEABLE, type CostTally } from '../call-cost'
import { composePage } from './compose-page'
import type { CursorCodec } from './cursor'
import { canonicalFilter } from './filter'
import type { Walk } from './order'
import { walkPage, type PageRequest } from './paging/page'
import type { PageLimits, PagePlan } from './plan'
import type { TaskPage } from './task-page'

/** What listing needs beside the plan. */
export interface ListTools extends PageLimits {
  readonly cursors: CursorCodec
  readonly now: () => number
  /** How old an answer may be that serves the first page of a walk. */
  readonly maxAgeMs: number
}

/**
 * The page that was planned.
 * @param spent what the page costs is added here, and what is counted later
 * @throws BadInput
 */
export async function listTasks(
  plan: PagePlan,
  tools: ListTools,
  scope: CallContext,
  spent: CostTally,
): Promise<TaskPage> {
  const { wish } = plan
  const { filter, order, isCounted = false } = plan.question
  const binding = `${order.field} ${order.direction} ${canonicalFilter(filter)}`
  const cursor = wish.cursor && tools.cursors.decode(wish.cursor.text, binding, wish.cursor.argument)
  // A walk begins where its oldest answer may be from, so that no later page is served by an older one.
  const startedMs = cursor?.startedMs ?? tools.now() - tools.maxAgeMs
  const walk: Walk = { field: order.field, direction: wish.direction, startedMs }
  // Behind the place where a walk began there is nothing.
  const isBehindStart = cursor !== null && cursor.place === null && cursor.direction !== wish.direction
  const { scanCalls, toleranceSeconds } = tools
  const request: PageRequest = {
    sources: isBehindStart ? [] : plan.asked,
    walk,
    cursor,
    size: wish.size,
    isCounted,
    scanCalls,
    toleranceSeconds,
    spent,
  }
  const bounded: CallContext = cursor === null ? scope : { ...scope, notBeforeMs: cursor.newestMs }
  const walked = await walkPage(request, bounded)
  // By start time the walk's instant places no task, so that it can be the very one of its oldest answer.
  const isExact = cursor === null && order.field === 'STARTED_AT'
  const beganMs = isExact ? Math.min(tools.now(), Math.max(startedMs, walked.oldestMs)) : startedMs
  for (const { source } of plan.sources) if (walked.disordered.has(source)) source.reportDisorder()
  if (walked.disordered.size > 0) spent.add(UNCACHEABLE)
  return composePage(
    request,
    walked,
    plan,
    (at) => tools.cursors.encode({ ...at, startedMs: beganMs }, binding),
    bounded,
  )
}
