import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import { chargedSource } from './charged-source'
import { countShown, countTasks } from './count'
import type { Cursor } from './cursor'
import { matchesNothing } from './filter'
import type { ObservedSource } from './health'
import { reversed } from './order'
import type { PageWish } from './page-arguments'
import { walkPage, type PageRequest, type WalkedPage } from './paging/page'
import type { SourceResult, TaskEdge, TaskPage } from './task-page'

/**
 * A walked page as it was asked for. What costs calls or work is done when it is asked for.
 * @param encode writes a cursor
 * @param sources all that the page is over, those that were not asked too
 */
export function composePage(
  request: PageRequest,
  walked: WalkedPage,
  wish: PageWish,
  encode: (cursor: Cursor) => string,
  sources: readonly ObservedSource[],
  scope: CallContext,
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
    startCursor: wish.isBackward ? stop : start,
    endCursor: wish.isBackward ? start : stop,
    hasNextPage: wish.isBackward ? behind : ahead,
    hasPreviousPage: wish.isBackward ? ahead : behind,
    totalCount: once(() => sumOf(results)),
    sources: results,
  }
}

/** Looks for one row the other way where the page's own answers do not tell. */
async function hasBehind(request: PageRequest, walked: WalkedPage, scope: CallContext): Promise<boolean> {
  if (walked.hasBehind !== null) return walked.hasBehind
  const walk = { ...request.walk, direction: reversed(request.walk.direction) }
  const back = await walkPage({ ...request, walk, size: 1 }, scope)
  return back.tasks.length > 0 || back.hasAhead
}

function resultOf(
  source: ObservedSource,
  request: PageRequest,
  walked: WalkedPage,
  scope: CallContext,
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
  scope: CallContext,
): Promise<number | null> {
  if (!request.sources.includes(source)) return matchesNothing(request.filter) ? 0 : null
  const lanes = walked.lanes.filter((lane) => lane.source === source)
  if (lanes.some(({ stream }) => stream.hasUnservable)) return null
  const shown = countShown(lanes)
  if (shown !== null) return shown
  const pageTotal = lanes.length === 1 ? (lanes[0]?.stream.total ?? null) : null
  const { filter, scanCalls, toleranceSeconds, spent } = request
  const { startedMs } = request.walk
  const charged = chargedSource(source, spent)
  try {
    return await countTasks(
      { source: charged, filter, startedMs, scanCalls, toleranceSeconds, pageTotal },
      scope,
    )
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    return null
  }
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
