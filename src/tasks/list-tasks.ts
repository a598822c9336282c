import { neverKeep, type CallContext } from '../call-context'
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

/** One page over the given sources, all of which the caller may see. @throws BadInput */
export async function listTasks(
  question: ListQuestion,
  sources: readonly ObservedSource[],
  tools: ListTools,
  scope: CallContext,
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
  }
  const freshness = { oldestMs: Infinity }
  const bounded: CallContext = { ...scope, ...(cursor !== null && { notBeforeMs: cursor.newestMs }) }
  const walked = await walkPage(request, { ...bounded, freshness })
  if (scope.freshness) scope.freshness.oldestMs = Math.min(scope.freshness.oldestMs, freshness.oldestMs)
  // By start time the walk's instant places no task, so that it can be the very one of its oldest answer.
  const isExact = cursor === null && order.field === 'STARTED_AT'
  const beganMs = isExact ? Math.min(tools.now(), Math.max(startedMs, freshness.oldestMs)) : startedMs
  for (const source of sources) if (walked.disordered.has(source)) source.reportDisorder()
  if (walked.failures.size + walked.disordered.size > 0) neverKeep(scope)
  return composePage(
    request,
    walked,
    wish,
    (at) => tools.cursors.encode({ ...at, startedMs: beganMs }, binding),
    sources,
    bounded,
  )
}
