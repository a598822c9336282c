import { matches } from '../filter'
import { NOT_YET, secondOf, type OrderDirection, type Place, type TaskOrder, type Walk } from '../order'
import type { PlannedSource, SourceReads } from '../observed-source'
import { MAX_LIMIT, type SourcePlan } from '../source'
import type { Task } from '../task'
import { END_TIME_LISTS, EndTimeStream } from './end-time-stream'
import { InMemorySort, MAX_SORTED_HERE, sortCalls } from './in-memory-sort'
import { ListWalk, type ListWalkOptions } from './list-walk'
import { rowSeconds } from './list-rows'
import { mostSeekCalls } from './seek'
import type { CallBudget, ListHint, ListProblem, TaskStream } from './stream'
import { WindowReader } from './window'

/** Everything that a stream over one upstream list is made from. */
export interface StreamOptions {
  readonly planned: PlannedSource
  /** One of the planned lists. */
  readonly plan: SourcePlan
  /** Reads the source. */
  readonly reads: SourceReads
  readonly walk: Walk
  readonly place: Place | null
  readonly hint: ListHint | null
  /** The greatest number that the walk has returned as not begun; null where it has returned none. */
  readonly unbegun: bigint | null
  readonly budget: CallBudget
  readonly wanted: number
  /** True where the list will be counted too, which a whole list does for nothing. */
  readonly isCounted?: boolean
  readonly toleranceSeconds: number
  readonly onProblem: (problem: ListProblem) => void
}

/** Counts what is newer than a window, in a list that is read for the first time. */
const COUNT_CALLS = 2
/** A short page, and the rows asked for it: one shows what comes next, and some may share a second with its last task. */
const SHORT = { wanted: 21, rows: 30 }

/** Picks the way in which a list can be walked: as the upstream sorts it, or sorted here. */
export function openStream(options: StreamOptions): TaskStream {
  const { plan, walk } = options
  if (plan.sortedBy !== walk.field) return sortedHere(options)
  return walk.field === 'STARTED_AT' ? byStart(options) : byEnd(options)
}

/** The most calls of walking the lists of one source once: what a page may spend, and what finding each place needs. */
export function mostWalkCalls(
  { source, lists }: PlannedSource,
  field: TaskOrder['field'],
  scanCalls: number,
): number {
  const [plan] = lists
  if (plan === undefined) return 0
  const seeks = mostSeekCalls(source.upstream.before(plan, 0) !== null)
  if (plan.sortedBy !== field) return lists.length * (sortCalls(plan) + seeks + COUNT_CALLS)
  const ends = field === 'ENDED_AT' ? END_TIME_LISTS : 0
  return scanCalls + lists.length * (seeks + ends * (scanCalls + seeks))
}

/** True where rows have to be looked at one by one: something remains beside the bounds of the order's own field. */
export function scans({ remaining }: SourcePlan, field: TaskOrder['field']): boolean {
  const { statuses, types, instanceIds, startedAt, endedAt } = remaining
  const otherBound = field === 'STARTED_AT' ? endedAt : startedAt
  return [statuses, types, instanceIds, otherBound].some((part) => part !== undefined)
}

function byStart(options: StreamOptions): ListWalk {
  const { plan, walk } = options
  const { startedAt } = plan.remaining
  return listWalk(options, {
    place: placeOf(options),
    accept: (task) => matches(plan.remaining, task) && !cameUnbegun(task, options),
    lastSecond: (walk.direction === 'DESC' ? startedAt?.from : startedAt?.to) ?? null,
  })
}

/** Oldest first, what had not begun came first; begun since, it stands among the newest, and must not come again. */
function cameUnbegun({ startSecond, number }: Task, { walk, unbegun }: StreamOptions): boolean {
  if (walk.direction === 'DESC' || unbegun === null || startSecond === null) return false
  // What began in the walk's first second may have begun before it: to come twice is the lesser evil.
  return startSecond > Math.floor(walk.startedMs / 1000) && number <= unbegun
}

/** Where the upstream's list goes on beyond a bound of the filter, the walk begins there. */
function placeOf({ plan, walk, place }: StreamOptions): Place | null {
  if (place !== null) return place
  const second = walk.direction === 'DESC' ? plan.unsent.to : plan.unsent.from
  const isNewest = walk.direction === 'DESC' && second !== undefined && second * 1000 >= walk.startedMs
  return second === undefined || isNewest ? null : { at: 'before', second }
}

function byEnd(options: StreamOptions): EndTimeStream {
  const { planned, plan, walk } = options
  const { endedAt } = plan.remaining
  const hasEnded = (task: Task) => secondOf(task, walk) !== NOT_YET
  const lastEnded = Math.floor(walk.startedMs / 1000) - 1
  const readEnd = (listed: OrderDirection, direction: OrderDirection, total: number | null) => {
    const { lists } = planned.inOrder({ ...walk, direction: listed })
    const atEnd = {
      ...options,
      plan: lists.find(({ list }) => list === plan.list) ?? plan,
      walk: { ...walk, direction },
      hint: total === null ? null : { offset: 0, total },
      budget: { left: options.budget.left },
    }
    const lastSecond = direction === 'DESC' ? lastEnded + 1 : NOT_YET
    return listWalk(atEnd, { place: null, accept: () => true, lastSecond })
  }
  return new EndTimeStream({
    walk,
    place: options.place,
    accept: (task) => matches(plan.remaining, task),
    ended: listWalk(options, {
      place: options.place,
      accept: (task) => hasEnded(task) && matches(plan.remaining, task),
      lastSecond:
        walk.direction === 'DESC'
          ? (endedAt?.from ?? -Number.MAX_SAFE_INTEGER)
          : Math.min(endedAt?.to ?? lastEnded, lastEnded),
    }),
    end: (direction) => readEnd(direction, direction, null),
    tail: (total) => readEnd('DESC', 'ASC', total),
    scans: scans(plan, walk.field) || endedAt !== undefined,
  })
}

function sortedHere(options: StreamOptions): InMemorySort {
  const { planned, plan, walk } = options
  // Oldest first: a task that begins in between moves to the end that is still to be read.
  const byStartTime: Walk = { field: 'STARTED_AT', direction: 'ASC', startedMs: walk.startedMs }
  const list = {
    ...options,
    walk: byStartTime,
    place: null,
    hint: null,
    unbegun: null,
    budget: { left: sortCalls(plan) },
    wanted: MAX_SORTED_HERE,
  }
  return new InMemorySort({
    source: planned.source.key,
    walk,
    place: options.place,
    list: byStart(list),
    counter: readerOf(list),
    newestSecond: plan.remaining.startedAt?.to ?? null,
  })
}

function listWalk(
  options: StreamOptions,
  way: Pick<ListWalkOptions, 'place' | 'accept' | 'lastSecond'>,
): ListWalk {
  const { walk, hint, budget, wanted, toleranceSeconds, onProblem, plan } = options
  return new ListWalk({
    reader: readerOf(options),
    walk,
    hint,
    budget,
    wanted,
    toleranceSeconds,
    onProblem,
    seconds: rowSeconds(plan, walk),
    scans: scans(plan, walk.field),
    ...way,
  })
}

function readerOf(options: StreamOptions): WindowReader {
  const { reads, plan, walk, hint, onProblem } = options
  const onContradiction = () => onProblem('contradiction')
  return new WindowReader(
    reads,
    plan,
    walk.direction,
    hint?.total ?? null,
    onContradiction,
    rowsAtStart(options),
  )
}

/**
 * As many as the upstream gives, of a list that everybody reads, or whose rows have to be looked through or counted; of
 * what a filter has narrowed, which hardly anybody else asks for, what a short page needs.
 */
function rowsAtStart(options: StreamOptions): number {
  const { plan, walk, wanted, isCounted } = options
  const isNarrow = plan.remaining.startedAt !== undefined || plan.list !== ''
  const isReadOn = wanted > SHORT.wanted || isCounted === true || scans(plan, walk.field)
  const isShort = walk.field === 'STARTED_AT' && placeOf(options) === null && isNarrow && !isReadOn
  return isShort ? SHORT.rows : MAX_LIMIT
}
