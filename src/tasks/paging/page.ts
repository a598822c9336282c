import type { UpstreamFailure } from '../../failure'
import type { CallContext } from '../../call-context'
import type { CostTally } from '../../call-cost'
import { listId, type Cursor, type CursorList } from '../cursor'
import { comparePlaces, compareKeys, sourceRank, type OrderDirection, type Place, type Walk } from '../order'
import { type ObservedSource, type PlannedSource, type ReadAges, SourceReads } from '../observed-source'
import type { SourcePlan } from '../source'
import type { Task } from '../task'
import { Merge, type Lane, type LanePosition } from './merge'
import { openStream } from './open-stream'
import { hintOf, type ListHint, type ListProblem } from './stream'

/** A page to walk. */
export interface PageRequest {
  /** Planned in the walk's own order. */
  readonly sources: readonly PlannedSource[]
  readonly walk: Walk
  readonly cursor: Cursor | null
  readonly size: number
  /** True where the lists will be counted too. */
  readonly isCounted?: boolean
  readonly scanCalls: number
  readonly toleranceSeconds: number
  /** What the page's answers cost is added here. */
  readonly spent: CostTally
}

/** A walked page, in the order of the walk. */
export interface WalkedPage {
  readonly tasks: readonly Task[]
  readonly lanes: readonly Lane[]
  readonly failures: ReadonlyMap<ObservedSource, UpstreamFailure>
  /** What was seen first of a source that cannot be trusted. */
  readonly problems: ReadonlyMap<ObservedSource, ListProblem>
  /** Unix milliseconds at which the oldest answer was asked for; Infinity without one. */
  readonly oldestMs: number
  readonly hasAhead: boolean
  /** Null where a row would have to be scanned for. */
  readonly hasBehind: boolean | null
  cursorAt(index: number): Cursor
  cursorAtEnd(): Cursor
}

/** Walks one page over all lists. @throws BadInput where the order cannot be had */
export async function walkPage(request: PageRequest, scope: CallContext): Promise<WalkedPage> {
  const { walk, cursor } = request
  const problems = new Map<ObservedSource, ListProblem>()
  const ages: ReadAges = { oldestMs: Infinity, newestMs: cursor?.newestMs ?? walk.startedMs }
  const lanes = request.sources.flatMap((planned) => openLanes(request, planned, problems, ages))
  const merge = new Merge(lanes, walk)
  await merge.take(request.size, scope)
  const hasAhead = await merge.hasAhead(scope)
  return {
    tasks: merge.tasks,
    lanes,
    failures: merge.failures,
    problems,
    oldestMs: ages.oldestMs,
    hasAhead,
    hasBehind: cursor === null ? false : merge.hasBehind(),
    cursorAt: (index) => toCursor(merge.positionsAt(index), walk, ages),
    cursorAtEnd: () => toCursor(merge.positionsAtEnd(), walk, ages),
  }
}

function openLanes(
  request: PageRequest,
  planned: PlannedSource,
  problems: Map<ObservedSource, ListProblem>,
  ages: ReadAges,
): Lane[] {
  const { walk, scanCalls, size, toleranceSeconds, isCounted = false } = request
  const { source } = planned
  const shared = {
    planned,
    walk,
    budget: { left: scanCalls },
    wanted: size + 1,
    isCounted,
    toleranceSeconds,
    onProblem: (problem: ListProblem) => {
      if (!problems.has(source) || problem.kind === 'row too large') problems.set(source, problem)
    },
  }
  return planned.lists.map((plan) => {
    const { place, hint, unbegun } = resume(request.cursor, source, plan, walk.direction)
    const reads = new SourceReads(source, request.spent, ages)
    const stream = openStream({ ...shared, plan, reads, place, hint, unbegun })
    return { source, plan, place, unbegun, stream }
  })
}

/** Where a list goes on. A cursor of a walk the other way keeps its place, and its hints are counted from the other end. */
function resume(
  cursor: Cursor | null,
  source: ObservedSource,
  plan: SourcePlan,
  direction: OrderDirection,
): Pick<Lane, 'place' | 'unbegun'> & { hint: ListHint | null } {
  if (cursor === null) return { place: null, hint: null, unbegun: null }
  const id = idOf(source, plan)
  const own = cursor.lists.filter((list) => id.startsWith(list.id))
  const hint = own.find((list) => list.hint !== null)?.hint ?? null
  if (cursor.direction !== direction)
    return { place: turned(cursor.place), hint: mirrored(hint), unbegun: null }
  const lag = own.find((list) => list.lag !== null)?.lag?.place
  const place =
    lag === undefined ? cursor.place : lag?.at === 'task' ? { ...lag, source: sourceRank(source.key) } : lag
  const unbegun = own.find((list) => list.unbegun !== null)?.unbegun ?? null
  return { place, hint, unbegun }
}

/** The same boundary, seen from its other side. */
function turned(place: Place | null): Place | null {
  if (place === null || place.at === 'task') return place
  return { at: place.at === 'before' ? 'after' : 'before', second: place.second }
}

function mirrored(hint: ListHint | null): ListHint | null {
  return hint && hintOf(hint.total - 1 - hint.offset, hint.total)
}

function toCursor(
  positions: readonly LanePosition[],
  { direction, startedMs }: Walk,
  { newestMs }: ReadAges,
): Cursor {
  const places = positions.map(({ place }) => place)
  const place = places.reduce((a, b) => (comparePlaces(a, b, direction) >= 0 ? a : b), places[0] ?? null)
  const lists = positions.map(({ lane, place: own, hint, unbegun }): CursorList => {
    const lags = comparePlaces(own, place, direction) !== 0
    return {
      id: idOf(lane.source, lane.plan),
      hint,
      lag: lags ? { place: own && within(own, sourceRank(lane.source.key), direction) } : null,
      unbegun,
    }
  })
  return { direction, startedMs, newestMs, place, lists }
}

/** The same place told by the source's own tasks, so that a cursor need not name another source. */
function within(place: Place, source: string, direction: OrderDirection): Place {
  if (place.at !== 'task' || place.source === source) return place
  const isAhead = compareKeys({ ...place, source }, place, direction) > 0
  return { at: isAhead ? 'before' : 'after', second: place.second }
}

function idOf(source: ObservedSource, plan: SourcePlan): string {
  return listId(sourceRank(source.key), plan.list)
}
