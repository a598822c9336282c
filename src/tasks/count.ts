import type { CallContext } from '../call-context'
import { matches } from './filter'
import { NEWEST_FIRST, NOT_YET, type Place, type Walk } from './order'
import { ListWalk } from './paging/list-walk'
import type { Lane } from './paging/merge'
import type { SourceReads, PlannedSource } from './observed-source'
import { mostWalkCalls, openStream, scans } from './paging/open-stream'
import { rowSeconds } from './paging/list-rows'
import type { ListHint, TaskStream } from './paging/stream'
import { WindowReader } from './paging/window'
import { MAX_LIMIT, type SourcePlan } from './source'

/** What is counted. */
export interface CountRequest {
  /** Planned newest first by start. */
  readonly planned: PlannedSource
  /** Reads its lists. */
  readonly reads: SourceReads
  readonly startedMs: number
  readonly scanCalls: number
  readonly toleranceSeconds: number
  /** The total that the page's own call carried for the only list of the source; null where it has none. */
  readonly pageTotal: number | null
}

/** The same from the page's own answers, where they hold every list whole; else null. */
export function countShown(lanes: readonly Pick<Lane, 'plan' | 'stream'>[]): number | null {
  const numbers = new Set<bigint>()
  for (const { plan, stream } of lanes) {
    if (stream.whole === null) return null
    for (const task of stream.whole)
      if (task !== null && matches(plan.remaining, task)) numbers.add(task.number)
  }
  return numbers.size
}

/** Rows before the place of a guess, so that the answer proves itself. */
const ROOM = 20

/** How the tasks of some lists are counted. */
type CountWay = 'scan' | 'bounds' | 'total'

/** The most calls of counting what one source has. */
export function mostCountCalls(
  planned: PlannedSource,
  limits: Pick<CountRequest, 'scanCalls' | 'toleranceSeconds'>,
): number {
  const walk = mostWalkCalls(planned, NEWEST_FIRST.field, limits.scanCalls)
  return { scan: walk, bounds: 2 * walk, total: planned.lists.length }[wayOf(planned, limits)]
}

/**
 * How many tasks of a source match: exact, or null where that would cost more calls than a page may spend.
 * The upstream's own count where nothing remains to be applied here, else bounds are placed or the rows scanned.
 * @throws UpstreamFailure
 */
export async function countTasks(request: CountRequest, scope: CallContext): Promise<number | null> {
  const { lists } = request.planned
  const [plan] = lists
  if (plan === undefined) return 0
  const way = wayOf(request.planned, request)
  if (way === 'scan') return scan(request, scope)
  if (way === 'bounds') return countBetween(request, plan, scope)
  return request.pageTotal ?? (await request.reads.page(plan, 0, 1, scope)).total
}

function wayOf(
  { lists }: PlannedSource,
  { toleranceSeconds }: Pick<CountRequest, 'toleranceSeconds'>,
): CountWay {
  const [plan] = lists
  const isBounded = plan?.remaining.startedAt !== undefined
  const looksAtRows =
    lists.length > 1 || (plan && scans(plan, NEWEST_FIRST.field)) || (isBounded && toleranceSeconds > 0)
  return looksAtRows ? 'scan' : isBounded ? 'bounds' : 'total'
}

/** Reads every list whole. A task that stands in several lists counts once. */
async function scan(request: CountRequest, scope: CallContext): Promise<number | null> {
  const budget = { left: request.scanCalls }
  const numbers = new Set<bigint>()
  for (const plan of request.planned.lists) {
    const walk: Walk = { field: 'STARTED_AT', direction: plan.direction, startedMs: request.startedMs }
    const stream = openStream({
      ...request,
      plan,
      walk,
      place: null,
      hint: null,
      unbegun: null,
      budget,
      wanted: MAX_LIMIT,
      onProblem: () => {},
    })
    if (!(await readWhole(stream, request.scanCalls, scope))) return null
    for (const { number } of stream.ready) numbers.add(number)
  }
  return numbers.size
}

async function readWhole(stream: TaskStream, scanCalls: number, scope: CallContext): Promise<boolean> {
  while (stream.state === 'reading') {
    await stream.pull(scope)
    if ((stream.total ?? 0) > scanCalls * MAX_LIMIT) return false
  }
  return stream.state === 'exhausted' && !stream.isUncountable
}

/** The bounds sent are one second wider than those asked for: the rows outside are told from their index. */
async function countBetween(
  request: CountRequest,
  plan: SourcePlan,
  scope: CallContext,
): Promise<number | null> {
  const { from, to } = plan.remaining.startedAt ?? {}
  const upper = to === undefined ? null : await rowsBefore(request, plan, to, null, scope)
  const lowerSecond = from === undefined ? NOT_YET : from - 1
  const lower = await rowsBefore(request, plan, lowerSecond, upper?.total ?? request.pageTotal, scope)
  if (lower === null || (to !== undefined && upper === null)) return null
  // A list that changed between the two answers has no exact count in them.
  if (upper !== null && upper.total !== lower.total) return null
  return lower.index - (upper?.index ?? 0)
}

/** How many rows of the list, newest first, stand before the second. */
async function rowsBefore(
  request: CountRequest,
  plan: SourcePlan,
  second: number,
  total: number | null,
  scope: CallContext,
): Promise<{ index: number; total: number } | null> {
  const { reads, startedMs, scanCalls, toleranceSeconds } = request
  const walk: Walk = { field: 'STARTED_AT', direction: 'DESC', startedMs }
  const place: Place = { at: 'before', second }
  const reader = new WindowReader(reads, plan, walk.direction, total, () => {})
  const list = new ListWalk({
    reader,
    walk,
    place,
    hint: guess(plan, second, total),
    budget: { left: scanCalls },
    wanted: ROOM,
    toleranceSeconds,
    seconds: rowSeconds(plan, walk),
    accept: () => true,
    scans: false,
    lastSecond: null,
    onProblem: () => {},
  })
  for (;;) {
    await list.pull(scope)
    if (list.isUncountable || reader.total === null) return null
    const first = list.run.find((row) => row.second <= second)
    if (first !== undefined) return { index: first.index, total: reader.total }
    if (list.state !== 'reading')
      return list.state === 'exhausted' ? { index: reader.total, total: reader.total } : null
  }
}

/** Bounds that were sent stand at the list's ends. */
function guess(plan: SourcePlan, second: number, total: number | null): ListHint | null {
  if (total !== null) return { offset: Math.max(0, total - ROOM), total }
  return second === plan.remaining.startedAt?.to && plan.unsent.to === undefined
    ? { offset: 0, total: 0 }
    : null
}
