import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import { NO_COST, type CostTally } from '../call-cost'
import { type ObservedSource, SourceReads } from '../tasks/observed-source'
import { taskIdOf, type TaskId } from '../tasks/id'
import { NewestPages } from '../tasks/newest-pages'
import { NEWEST_FIRST } from '../tasks/order'
import { MAX_LIMIT, type SourcePlan } from '../tasks/source'
import type { Board } from './board'
import { LatestEnds, Unfinished } from './latest-ends'
import type { LookUps } from './look-ups'
import { NewestRows, type Ask, newestStates, shownAs, type ShownPage } from './newest-rows'

export interface Reading {
  /** Unix milliseconds at which the first of the questions was sent. */
  readonly askedAtMs: number
  /** True where more was new than could be read. */
  readonly isCut: boolean
}

/** So many calls a round is the aim; without room what lies deeper gets one more in every second round. */
const CALLS = 4
/** Rounds from one reading of all the newest rows to the next, and from one sweep to the next. */
const WIDE_ROUNDS = 8
const SWEEP_ROUNDS = 6
const LONGEST_SWEEP_ROUNDS = 8
/** What no list has shown for so long is looked up, and forgotten where it is finished. */
const UNSEEN_MS = 2500
const FORGET_MS = 60_000

/** Reads one source, round by round, onto its board. */
export class SourceReader {
  private readonly plan: SourcePlan
  private readonly newest: NewestRows
  private readonly ends: LatestEnds | null
  private readonly unfinished: Unfinished
  private sweptSlot = -Infinity
  private lookedUpLast = false

  constructor(
    private readonly source: ObservedSource,
    private readonly board: Board,
    private readonly lookUps: LookUps,
    /** Told of a task that was known and is no more. */
    private readonly vanished: (id: TaskId) => void,
    private readonly now: () => number,
  ) {
    this.plan = onlyPlan(source.upstream.plan({}, NEWEST_FIRST))
    this.newest = new NewestRows(this.plan, board)
    const byEnd = onlyPlan(source.upstream.plan({}, { field: 'ENDED_AT', direction: 'DESC' }))
    this.ends = byEnd.sortedBy === 'ENDED_AT' ? new LatestEnds(byEnd, board) : null
    this.unfinished = new Unfinished(
      source.upstream,
      this.plan,
      this.ends && { plan: byEnd, latest: this.ends },
      board,
    )
  }

  /** One small question, whether the source answers. @throws UpstreamFailure */
  async probe(scope: CallContext, spent: CostTally): Promise<void> {
    await new SourceReads(this.source, spent).page(this.plan, 0, MAX_LIMIT, scope)
  }

  /**
   * @param slot counts the rounds, alike on all replicas, so that they ask the same
   * @param spent what the round costs is added here
   * @throws UpstreamFailure where a list that is read in every round is not answered
   */
  async read(slot: number, scope: CallContext, spent: CostTally): Promise<Reading> {
    const source = new SourceReads(this.source, spent)
    const ask = this.asker(source, scope)
    const isWide = slot % WIDE_ROUNDS === 0
    const planned = this.newest.pages(isWide) + (this.ends === null ? 0 : 1)
    const room = this.board.isSettled ? Math.max(CALLS - planned, slot % 2) : 0
    const reading = this.readLists(ask, isWide)
    const deeper = this.readDeeper(ask, (id) => this.lookUp(source, id, scope), room, slot)
    await Promise.allSettled([reading, deeper])
    // Only now, since what the lists show is judged by what was known before.
    for (const learn of await deeper) learn()
    return reading
  }

  private async readLists(ask: Ask, isWide: boolean): Promise<Reading> {
    const [newest, ends] = await Promise.allSettled([
      this.newest.read(ask, isWide),
      this.ends?.read(ask) ?? null,
    ])
    const newestPages = newest.status === 'fulfilled' ? newest.value.pages : []
    const endPages = ends.status === 'fulfilled' ? (ends.value?.pages ?? []) : []
    this.take([...newestPages.map(shownAs('newest')), ...endPages.map(shownAs('ended'))])
    if (newest.status === 'rejected') throw newest.reason
    if (ends.status === 'rejected') throw ends.reason
    if (ends.value?.floor !== undefined && ends.value.floor !== null) this.board.readEndsTo(ends.value.floor)
    if (newest.value.floor !== null) {
      this.board.readTo(newest.value.floor)
      // Only now, when all that is among the newest has just been seen: else it would come back as new.
      this.board.forgetFinished(this.now() - FORGET_MS)
    }
    const askedAtMs = Math.min(...[...newestPages, ...endPages].map((page) => page.askedAtMs))
    return { askedAtMs, isCut: newest.value.isCut }
  }

  /** In the order of time, as the changes are to be told. */
  private take(pages: readonly ShownPage[]): void {
    for (const { task, askedAtMs, shown } of newestStates(pages)) this.board.see(task, askedAtMs, shown)
  }

  private async readDeeper(
    ask: Ask,
    lookUp: (id: TaskId) => Promise<Learn>,
    room: number,
    slot: number,
  ): Promise<readonly Learn[]> {
    const isDue = slot % SWEEP_ROUNDS === 0 || slot - this.sweptSlot >= LONGEST_SWEEP_ROUNDS
    if (room > 0 && isDue && !this.unfinished.isUnderWay) {
      this.unfinished.begin(this.now())
      this.sweptSlot = slot
    }
    const forLookUps = room > 1 ? room - 1 : this.lookedUpLast && this.unfinished.isUnderWay ? 0 : room
    const ids = this.lookUps.take(forLookUps, this.now())
    this.lookedUpLast = ids.length > 0
    const sweeps = room > ids.length ? [this.sweep(ask)] : []
    const reads = [...sweeps, ...ids.map(lookUp)]
    return Promise.all(reads.map((read) => read.catch(nothingToLearn)))
  }

  private async sweep(ask: Ask): Promise<Learn> {
    const read = await this.unfinished.read(ask)
    return () => {
      if (read === null) return
      this.take([{ page: read.page, shown: 'elsewhere' }])
      if (read.isWhole) this.board.readDeep()
      if (read.sinceMs === null) return
      for (const task of this.board.unseenSince(read.sinceMs - UNSEEN_MS)) this.lookUps.hide(taskIdOf(task))
    }
  }

  private async lookUp(source: SourceReads, id: TaskId, scope: CallContext): Promise<Learn> {
    const askedAtMs = scope.notBeforeMs ?? this.now()
    const { task: hinted } = await source.find(id, scope)
    const isSure = hinted !== null || this.source.upstream.isFindCertain
    const task = isSure ? hinted : await new NewestPages(this.source, source, scope).find(id.number)
    return () => {
      if (task !== null) this.board.see(task, askedAtMs, 'elsewhere')
      else if (!this.board.has(id.number)) this.lookUps.missed(id.number, this.now())
      else {
        this.board.drop(id.number)
        this.vanished(id)
      }
    }
  }

  /** A page that is refused because the list has become shorter holds nothing. */
  private asker(source: SourceReads, scope: CallContext): Ask {
    return async (plan, offset) => {
      try {
        return await source.page(plan, offset, MAX_LIMIT, scope)
      } catch (error) {
        const isPastEnd = offset > 0 && error instanceof UpstreamFailure && error.code === 'UPSTREAM_REJECTED'
        if (!isPastEnd) throw error
        return { rows: [], total: offset, askedAtMs: this.now(), cost: NO_COST }
      }
    }
  }
}

/** Takes in what was answered. */
type Learn = () => void

/** It is asked for again later. */
function nothingToLearn(error: unknown): Learn {
  if (error instanceof UpstreamFailure) return () => undefined
  throw error
}

function onlyPlan([plan]: readonly SourcePlan[]): SourcePlan {
  if (plan === undefined) throw new Error('a source has no list of all its tasks')
  return plan
}
