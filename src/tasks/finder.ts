import { UpstreamFailure, type UpstreamFailureCode } from '../failure'
import type { CallContext } from '../call-context'
import { NO_COST, type CostTally } from '../call-cost'
import { type ObservedSource, SourceReads } from './observed-source'
import { LookUpSlots } from './finder-slots'
import { identity, type TaskId } from './id'
import type { SourcePage } from './source'
import { withHint } from './id-memory'
import { NewestPages } from './newest-pages'
import { isFinished, type Task, type TaskHint } from './task'

/** What finding needs beside a source. */
export interface FinderTools {
  /** How old an answer may be that the source below serves again. */
  readonly cacheTtlMs: number
  /** Tasks that are finished, by identity, and so need not be asked for again. */
  readonly finished: {
    get(task: string): Task | null
    /** @param askedAtMs Unix milliseconds at which this state was asked for */
    set(task: string, value: Task, askedAtMs: number): void
  }
  /** What finds the task of that identity now, where that is known to differ from what an id of it says. */
  readonly latestHint?: (task: string) => TaskHint | null
  /** Runs it a moment later: until then ids are gathered. */
  readonly later: (run: () => void) => void
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Without a memory: what is asked for in one turn is asked together. */
export function forgetful(now: () => number): FinderTools {
  return { cacheTtlMs: 0, finished: { get: () => null, set: () => undefined }, later: setImmediate, now }
}

interface Waiting {
  readonly id: TaskId
  readonly scope: CallContext
  readonly spent: CostTally
  readonly resolve: (task: Task | null) => void
  readonly reject: (reason: unknown) => void
}

const MANY = 3
/** For so many tasks each of the newest pages is asked; for fewer, look-ups are no dearer: recent ones cost 3 calls at most. */
const WORTH_A_PAGE = [MANY, 3, 2]
/** Ids are gathered until so many moments in a row bring none, for so many at most. */
const QUIET_MOMENTS = 2
const MOST_MOMENTS = 20
const MAX_LOOKUPS = 5
/** With these a source says nothing of one question, but that asking more of it is in vain. */
const IN_VAIN: ReadonlySet<UpstreamFailureCode> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_THROTTLED',
  'UPSTREAM_UNAUTHORIZED',
])

/**
 * Finds tasks of one source by id, for everybody in the process: first among the newest rows, where one call answers
 * a hundred ids, then one by one. Each request asks under its own scope; that equal calls of theirs are one, and that
 * pages are served again, is left to the source.
 */
export class Finder {
  private waiting: Waiting[] = []
  private readonly demand: Demand
  private readonly slots = new LookUpSlots(MAX_LOOKUPS)

  constructor(
    private readonly source: ObservedSource,
    private readonly tools: FinderTools,
  ) {
    this.demand = new Demand(tools.cacheTtlMs, tools.now)
  }

  /**
   * Null where the upstream does not know the task (yet).
   * @param spent of the request that `scope` is of: what the task costs is added here
   * @throws UpstreamFailure
   */
  find(id: TaskId, scope: CallContext, spent: CostTally): Promise<Task | null> {
    const known = this.tools.finished.get(identity(id))
    if (known !== null) {
      spent.add({ ...NO_COST, cacheHits: 1 })
      return Promise.resolve(withHint(known, id.hint))
    }
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) this.gather()
      this.waiting.push({ id, scope, spent, resolve, reject })
    })
  }

  /**
   * Few wait some moments, as they may be the first of many. Many go at once where those who come later are served
   * from the same pages, and otherwise when no more arrive.
   */
  private gather(moment = 1, quiet = 0, before = 0): void {
    this.tools.later(() => {
      const wanted = this.demand.add(this.waiting.map(({ id }) => identity(id)))
      const count = this.waiting.length
      const quietNow = count > before ? 0 : quiet + 1
      const areEnough = wanted >= MANY && this.tools.cacheTtlMs > 0
      if (areEnough || quietNow >= QUIET_MOMENTS || moment >= MOST_MOMENTS)
        this.answer(this.waiting.splice(0), wanted)
      else this.gather(moment + 1, quietNow, count)
    })
  }

  private answer(gathered: readonly Waiting[], wanted: number): void {
    for (const [scope, { open, spent }] of byRequest(gathered))
      void this.search(this.reads(spent), open, scope, wanted - open.size)
  }

  /** No page is older than the one before it: new rows push others on, which an older page would not show yet. */
  private reads(spent: CostTally): SourceReads {
    return new SourceReads(this.source, spent, { oldestMs: Infinity, newestMs: -Infinity })
  }

  /** @param others how many tasks other requests want, now or lately */
  private async search(source: SourceReads, open: Open, scope: CallContext, others: number): Promise<void> {
    const list = new NewestPages(this.source, source, scope)
    const settleAll = ({ rows, askedAtMs }: SourcePage): void => {
      for (const task of rows) if (task !== null) this.settle(open, task.number, task, askedAtMs)
    }
    try {
      for (const worth of WORTH_A_PAGE) {
        if (open.size === 0 || open.size + others < worth || list.isRead) break
        const page = await list.next().catch(nullUnlessInVain)
        if (page === null) break
        settleAll(page)
      }
      await Promise.all([...open.values()].map((same) => this.lookUp(source, open, same, scope)))
      // What the hints of this request have not found is looked for together.
      while (open.size > 0 && !this.source.upstream.isFindCertain && !list.isRead)
        settleAll(await list.next())
      for (const number of open.keys()) this.settle(open, number, null, -Infinity)
    } catch (error) {
      for (const { reject } of [...open.values()].flat()) reject(error)
    }
  }

  private async lookUp(
    source: SourceReads,
    open: Open,
    same: readonly Waiting[],
    scope: CallContext,
  ): Promise<void> {
    const [first] = same
    if (first === undefined) return
    const { id } = first
    const leave = await this.slots.enter(identity(id), scope)
    try {
      const { task, cost } = await source.find(
        { ...id, hint: this.tools.latestHint?.(identity(id)) ?? id.hint },
        scope,
      )
      if (task !== null || this.source.upstream.isFindCertain)
        this.settle(open, id.number, task, cost.oldestMs)
    } catch (error) {
      open.delete(id.number)
      for (const { reject } of same) reject(error)
    } finally {
      leave()
    }
  }

  private settle(open: Open, number: bigint, task: Task | null, askedAtMs: number): void {
    const same = open.get(number)
    if (same === undefined) return
    open.delete(number)
    if (task !== null && isFinished(task)) this.tools.finished.set(identity(task), task, askedAtMs)
    for (const { id, resolve } of same) resolve(task && withHint(task, id.hint))
  }
}

/** What one request still waits for, by number. */
type Open = Map<bigint, Waiting[]>

interface Asked {
  readonly open: Open
  readonly spent: CostTally
}

function byRequest(gathered: readonly Waiting[]): Map<CallContext, Asked> {
  const requests = new Map<CallContext, Asked>()
  for (const entry of gathered) {
    const asked = requests.get(entry.scope) ?? { open: new Map<bigint, Waiting[]>(), spent: entry.spent }
    requests.set(entry.scope, asked)
    asked.open.set(entry.id.number, [...(asked.open.get(entry.id.number) ?? []), entry])
  }
  return requests
}

/** A page that is refused or cannot be read leaves its tasks to the look-ups. */
function nullUnlessInVain(error: unknown): null {
  if (error instanceof UpstreamFailure && !IN_VAIN.has(error.code)) return null
  throw error
}

/** Which tasks of a source were asked for lately: for many of them list pages are cheaper than look-ups. */
export class Demand {
  private readonly askedMs = new Map<string, number>()

  /** @param windowMs how long a page that is read now can be used */
  constructor(
    private readonly windowMs: number,
    private readonly now: () => number,
  ) {}

  /** Takes tasks in that are asked for now; returns how many different ones there were in the window. */
  add(tasks: Iterable<string>): number {
    const nowMs = this.now()
    for (const [task, askedMs] of this.askedMs) {
      if (nowMs - askedMs < this.windowMs) break
      this.askedMs.delete(task)
    }
    for (const task of tasks) {
      // Set anew, so that the map stays in the order of time.
      this.askedMs.delete(task)
      this.askedMs.set(task, nowMs)
    }
    return this.askedMs.size
  }
}
