import { UpstreamFailure } from '../failure'
import { int32 } from '../lib/int32'
import type { CallContext } from '../call-context'
import { type PlannedSource, SourceReads, type ObservedSource } from './observed-source'
import { countShown, countTasks } from './count'
import type { Cursor, CursorCodec } from './cursor'
import { NEWEST_FIRST, reversed, type Walk } from './order'
import { walkPage, type PageRequest, type WalkedPage } from './paging/page'
import type { ListProblem } from './paging/stream'
import type { PagePlan, PageLimits } from './plan'
import { UNCACHEABLE, type CostTally } from '../call-cost'
import { canonicalFilter } from './filter'
import type { Task } from './task'

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
  for (const [source, problem] of walked.problems) source.reportProblem(problem)
  if (walked.problems.size > 0) spent.add(UNCACHEABLE)
  return composePage(
    request,
    walked,
    plan,
    (at) => tools.cursors.encode({ ...at, startedMs: beganMs }, binding),
    bounded,
  )
}

/**
 * A walked page as it was asked for. What costs calls or work is done when it is asked for.
 * @param encode writes a cursor
 */
function composePage(
  request: PageRequest,
  walked: WalkedPage,
  plan: PagePlan,
  encode: (cursor: Cursor) => string,
  scope: CallContext,
): TaskPage {
  const { wish } = plan
  const edges = walked.tasks.map((task, at): TaskEdge => ({
    task,
    cursor: once(() => encode(walked.cursorAt(at))),
  }))
  const [nearest] = edges
  const stop = once(() => (edges.length > 0 || walked.hasAhead ? encode(walked.cursorAtEnd()) : null))
  const start = once(() => nearest?.cursor() ?? stop())
  if (wish.isBackward) edges.reverse()
  const ahead = () => Promise.resolve(walked.hasAhead)
  const behind = once(() => hasBehind(request, walked, scope))
  const results = plan.sources.map((planned) => resultOf(planned, request, walked, scope))
  return {
    edges,
    startCursor: wish.isBackward ? stop : start,
    endCursor: wish.isBackward ? start : stop,
    hasNextPage: wish.isBackward ? behind : ahead,
    hasPreviousPage: wish.isBackward ? ahead : behind,
    totalCount: once(() => sumOf(results)),
    sources: results,
    hasFailed: plan.hasFailed((source) => walked.failures.has(source)),
  }
}

/** Looks for one row the other way where the page's own answers do not tell. */
async function hasBehind(request: PageRequest, walked: WalkedPage, scope: CallContext): Promise<boolean> {
  if (walked.hasBehind !== null) return walked.hasBehind
  const walk = { ...request.walk, direction: reversed(request.walk.direction) }
  const sources = request.sources.map((planned) => planned.inOrder(walk))
  const back = await walkPage({ ...request, sources, walk, size: 1 }, scope)
  return back.tasks.length > 0 || back.hasAhead
}

function resultOf(
  planned: PlannedSource,
  request: PageRequest,
  walked: WalkedPage,
  scope: CallContext,
): SourceResult {
  const { source } = planned
  const missing = walked.failures.get(source)
  const problem = walked.problems.get(source)
  return {
    source,
    failure: missing ?? (problem === undefined ? null : untrusted(problem)),
    isMissing: missing !== undefined,
    totalCount: once(async () =>
      missing === undefined ? int32(await count(planned, request, walked, scope)) : null,
    ),
  }
}

async function count(
  planned: PlannedSource,
  request: PageRequest,
  walked: WalkedPage,
  scope: CallContext,
): Promise<number | null> {
  if (planned.lists.length === 0) return 0
  if (!request.sources.includes(planned) || planned.source.isCountedWrong) return null
  const lanes = walked.lanes.filter(({ source }) => source === planned.source)
  if (lanes.some(({ stream }) => stream.isUncountable)) return null
  const shown = countShown(lanes)
  if (shown !== null) return shown
  const pageTotal = lanes.length === 1 ? (lanes[0]?.stream.total ?? null) : null
  const { scanCalls, toleranceSeconds, spent } = request
  const { startedMs } = request.walk
  const counted = planned.inOrder(NEWEST_FIRST)
  const reads = new SourceReads(planned.source, spent)
  try {
    return await countTasks(
      { planned: counted, reads, startedMs, scanCalls, toleranceSeconds, pageTotal },
      scope,
    )
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    return null
  }
}

async function sumOf(results: readonly SourceResult[]): Promise<number | null> {
  const counts = await Promise.all(results.map((result) => result.totalCount()))
  return counts.reduce<number | null>(
    (sum, one) => (sum === null || one === null ? null : int32(sum + one)),
    0,
  )
}

function untrusted(problem: ListProblem): UpstreamFailure {
  return new UpstreamFailure('UPSTREAM_INVALID_RESPONSE', textOf(problem), { retryable: false })
}

function textOf(problem: ListProblem): string {
  switch (problem.kind) {
    case 'disorder':
      return 'the list is not in the order of its start times: its pages may lack tasks, but none comes twice'
    case 'contradiction':
      return 'the upstream answers more or fewer tasks than it counts: the list is read until an answer shows its end, and totalCount is null'
    case 'answer too large':
      return `answers from offset ${problem.offset} of the upstream's list are too large and are read in pieces: a task that moves meanwhile may be missing`
    case 'row too large':
      return `the task at offset ${problem.offset} of the upstream's list is too large to be read and is left out`
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

/** A task in a page, and the cursor behind it. */
export interface TaskEdge {
  readonly task: Task
  /** Made only when asked for. */
  cursor(): string
}

/** What one source contributed to a page. */
export interface SourceResult {
  readonly source: ObservedSource
  /** Why the source is missing from the page, or why its order cannot be trusted. */
  readonly failure: UpstreamFailure | null
  /** True where its tasks are missing. */
  readonly isMissing: boolean
  /** Exact, or null; counted at the first call. */
  totalCount(): Promise<number | null>
}

/** A page in the order asked for. What costs work or calls is a function, called only when selected. */
export interface TaskPage {
  readonly edges: readonly TaskEdge[]
  startCursor(): string | null
  endCursor(): string | null
  hasNextPage(): Promise<boolean>
  hasPreviousPage(): Promise<boolean>
  totalCount(): Promise<number | null>
  readonly sources: readonly SourceResult[]
  /** True where every source that was asked has failed: there is no page then. */
  readonly hasFailed: boolean
}
