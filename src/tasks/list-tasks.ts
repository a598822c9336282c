import type { CallContext } from '../call-context'
import { UNCACHEABLE, type CostTally } from '../call-cost'
import { composePage } from './compose-page'
import type { CursorCodec } from './cursor'
import { canonicalFilter, matchesNothing, type TaskFilter } from './filter'
import type { ObservedSource } from './health'
import type { TaskOrder, Walk } from './order'
import { readPageArguments, type PageArguments } from './page-arguments'
import { walkPage, type PageRequest } from './paging/page'
import type { TaskPage } from './task-page'

/** One question for a list. */
export interface ListQuestion {
  readonly page: PageArguments
  readonly filter: TaskFilter
  readonly order: TaskOrder
  /** True where `totalCount` will be asked for. */
  readonly isCounted?: boolean
}

/** What listing needs beside the question. */
export interface ListTools {
  readonly cursors: CursorCodec
  readonly now: () => number
  /** Calls that one page may spend on a source. */
  readonly scanCalls: number
  readonly toleranceSeconds: number
  /** How old an answer may be that serves the first page of a walk. */
  readonly maxAgeMs: number
}

/**
 * One page over the given sources, all of which the caller may see.
 * @param spent what the page costs is added here, and what is counted later
 * @throws BadInput
 */
export async function listTasks(
  question: ListQuestion,
  sources: readonly ObservedSource[],
  tools: ListTools,
  scope: CallContext,
  spent: CostTally,
): Promise<TaskPage> {
  const { filter, order } = question
  const wish = readPageArguments(question.page, order.direction)
  const binding = `${order.field} ${order.direction} ${canonicalFilter(filter)}`
  const cursor = wish.cursor && tools.cursors.decode(wish.cursor.text, binding, wish.cursor.argument)
  // A walk begins where its oldest answer may be from, so that no later page is served by an older one.
  const startedMs = cursor?.startedMs ?? tools.now() - tools.maxAgeMs
  const walk: Walk = { field: order.field, direction: wish.direction, startedMs }
  // Behind the place where a walk began there is nothing.
  const isBehindStart = cursor !== null && cursor.place === null && cursor.direction !== wish.direction
  const asked = matchesNothing(filter) || isBehindStart ? [] : sources
  const { scanCalls, toleranceSeconds } = tools
  const request: PageRequest = {
    sources: asked,
    filter,
    walk,
    cursor,
    size: wish.size,
    isCounted: question.isCounted ?? false,
    scanCalls,
    toleranceSeconds,
    spent,
  }
  const bounded: CallContext = cursor === null ? scope : { ...scope, notBeforeMs: cursor.newestMs }
  const walked = await walkPage(request, bounded)
  // By start time the walk's instant places no task, so that it can be the very one of its oldest answer.
  const isExact = cursor === null && order.field === 'STARTED_AT'
  const beganMs = isExact ? Math.min(tools.now(), Math.max(startedMs, walked.oldestMs)) : startedMs
  for (const source of sources) if (walked.disordered.has(source)) source.reportDisorder()
  if (walked.disordered.size > 0) spent.add(UNCACHEABLE)
  return composePage(
    request,
    walked,
    wish,
    (at) => tools.cursors.encode({ ...at, startedMs: beganMs }, binding),
    sources,
    bounded,
  )
}
