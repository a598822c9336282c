import { UpstreamFailure } from '../failure'
import type { CallScope } from '../scope'
import { countShown, countTasks } from './count'
import type { Cursor, CursorCodec } from './cursor'
import { canonicalFilter, matchesNothing, type TaskFilter } from './filter'
import type { ObservedSource } from './health'
import { reversed, type TaskOrder, type Walk } from './order'
import { readPageArguments, type PageArguments, type PageWish } from './page-arguments'
import { walkPage, type PageRequest, type WalkedPage } from './paging/page'
import type { SourceResult, TaskEdge, TaskPage } from './task-page'

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
  scope: CallScope,
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
  const bounded: CallScope = { ...scope, ...(cursor !== null && { notBeforeMs: cursor.newestMs }) }
  const walked = await walkPage(request, { ...bounded, freshness })
  if (scope.freshness) scope.freshness.oldestMs = Math.min(scope.freshness.oldestMs, freshness.oldestMs)
  // By start time the walk's instant places no task, so that it can be the very one of its oldest answer.
  const isExact = cursor === null && order.field === 'STARTED_AT'
  const beganMs = isExact ? Math.min(tools.now(), Math.max(startedMs, freshness.oldestMs)) : startedMs
  for (const source of sources) if (walked.disordered.has(source)) source.reportDisorder()
  return toPage(
    request,
    walked,
    wish,
    (at) => tools.cursors.encode({ ...at, startedMs: beganMs }, binding),
    sources,
    bounded,
  )
}

function toPage(
  request: PageRequest,
  walked: WalkedPage,
  wish: PageWish,
  encode: (cursor: Cursor) => string,
  sources: readonly ObservedSource[],
  scope: CallScope,
): TaskPage {
  const edges = walked.tasks.map((task, at): TaskEdge => ({
    task,
    cursor: () => encode(walked.cursorAt(at)),
  }))
  const [nearest] = edges
  const stop = once(() => (edges.length > 0 || walked.hasAhead ? encode(walked.cursorAtEnd()) : null))
  const start = once(() => nearest?.cursor() ?? stop())
  if (wish.isBackward) edges.reverse()
  const ahead = () => Promise.resolve(walked.hasAhead)
  const behind = once(() => hasBehind(request, walked, scope))
  const results = sources.map((source) => resultOf(source, request, walked, scope))
  return {
    edges,
    get startCursor() {
      return wish.isBackward ? stop() : start()
    },
    get endCursor() {
      return wish.isBackward ? start() : stop()
    },
    hasNextPage: wish.isBackward ? behind : ahead,
    hasPreviousPage: wish.isBackward ? ahead : behind,
    totalCount: once(() => sumOf(results)),
    sources: results,
  }
}

/** Looks for one row the other way where the page's own answers do not tell. */
async function hasBehind(request: PageRequest, walked: WalkedPage, scope: CallScope): Promise<boolean> {
  if (walked.hasBehind !== null) return walked.hasBehind
  const walk = { ...request.walk, direction: reversed(request.walk.direction) }
  const back = await walkPage({ ...request, walk, size: 1 }, scope)
  if (back.failures.size > 0) neverKeep(scope)
  return back.tasks.length > 0 || back.hasAhead
}

function resultOf(
  source: ObservedSource,
  request: PageRequest,
  walked: WalkedPage,
  scope: CallScope,
): SourceResult {
  const missing = walked.failures.get(source)
  return {
    source,
    failure: missing ?? (walked.disordered.has(source) ? disorder() : null),
    isMissing: missing !== undefined,
    totalCount: once(async () => (missing === undefined ? count(source, request, walked, scope) : null)),
  }
}

async function count(
  source: ObservedSource,
  request: PageRequest,
  walked: WalkedPage,
  scope: CallScope,
): Promise<number | null> {
  if (!request.sources.includes(source)) return matchesNothing(request.filter) ? 0 : null
  const lanes = walked.lanes.filter((lane) => lane.source === source)
  if (lanes.some(({ stream }) => stream.hasUnservable)) return null
  const shown = countShown(lanes)
  if (shown !== null) return shown
  const pageTotal = lanes.length === 1 ? (lanes[0]?.stream.total ?? null) : null
  const { filter, scanCalls, toleranceSeconds } = request
  const { startedMs } = request.walk
  try {
    return await countTasks({ source, filter, startedMs, scanCalls, toleranceSeconds, pageTotal }, scope)
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    neverKeep(scope)
    return null
  }
}

/** Of what lacks something. */
function neverKeep({ freshness }: CallScope): void {
  if (freshness) freshness.oldestMs = -Infinity
}

async function sumOf(results: readonly SourceResult[]): Promise<number | null> {
  const counts = await Promise.all(results.map((result) => result.totalCount()))
  return counts.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0)
}

function disorder(): UpstreamFailure {
  return new UpstreamFailure(
    'UPSTREAM_INVALID_RESPONSE',
    'the list is not in the order of its start times: its pages may lack tasks, but none comes twice',
    { retryable: false },
  )
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}
