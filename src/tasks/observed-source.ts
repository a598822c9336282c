import { UNCACHEABLE, type CostTally } from '../call-cost'
import type { CallContext, Span, SpanFacts } from '../call-context'
import { UpstreamFailure } from '../failure'
import { matchesNothing, type TaskFilter } from './filter'
import type { TaskId } from './id'
import type { TaskOrder } from './order'
import type { ListProblem } from './paging/stream'
import type { SourceFind, SourcePage, SourcePlan, TaskSource } from './source'
import type { SourceKey } from './task'

export type SourceState = 'AVAILABLE' | 'DEGRADED' | 'UNAVAILABLE'

/** How long a contradiction in a list is reported. */
const DISTRUST_MS = 5 * 60_000
/**
 * Offsets of rows that are too large to be read, and the number of the row behind; undefined where it is only known that
 * an answer must not go on beyond.
 */
type RowsTooLarge = Map<number, bigint | null | undefined>
/** Lists whose rows that are too large are remembered. */
const MAX_LISTS = 1000
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAUTHORIZED',
])

/** Told of what an observer learns. */
export interface SourceReport {
  problem(problem: ListProblem): void
  failure(failure: UpstreamFailure): void
}

/** A source, and how its calls went. It is read through `SourceReads`. */
export class ObservedSource {
  lastSuccessMs: number | null = null
  lastFailure: UpstreamFailure | null = null
  private isFailing = false
  private failedMs = -Infinity
  private distrustedUntilMs = 0
  private countedWrongUntilMs = 0
  /** By list. */
  private readonly tooLarge = new Map<string, RowsTooLarge>()

  /** @param callsPerSecond the quota kept for it */
  constructor(
    readonly upstream: TaskSource,
    readonly callsPerSecond: number,
    readonly now: () => number,
    private readonly report: SourceReport,
  ) {}

  get key(): SourceKey {
    return this.upstream.key
  }

  get state(): SourceState {
    if (this.isFailing && this.lastFailure !== null)
      return UNAVAILABLE.has(this.lastFailure.code) ? 'UNAVAILABLE' : 'DEGRADED'
    return this.now() < this.distrustedUntilMs ? 'DEGRADED' : 'AVAILABLE'
  }

  /** True while the upstream's count of a list cannot be believed. */
  get isCountedWrong(): boolean {
    return this.now() < this.countedWrongUntilMs
  }

  reportProblem(problem: ListProblem): void {
    this.distrustedUntilMs = this.now() + DISTRUST_MS
    if (problem.kind === 'contradiction') this.countedWrongUntilMs = this.distrustedUntilMs
    this.report.problem(problem)
  }

  /** Where a list had rows that are too large to be read, to be changed by who reads it. */
  tooLargeIn({ list, parameters }: SourcePlan): RowsTooLarge {
    const key = [list, ...Object.entries(parameters)].join('\n')
    const known = this.tooLarge.get(key)
    if (known !== undefined) return known
    if (this.tooLarge.size >= MAX_LISTS) this.tooLarge.clear()
    const places: RowsTooLarge = new Map()
    this.tooLarge.set(key, places)
    return places
  }

  /** @param atMs when the answer was asked for: a page from a cache says nothing of the source now */
  recordSuccess(atMs: number): void {
    this.lastSuccessMs = Math.max(this.lastSuccessMs ?? atMs, atMs)
    if (atMs >= this.failedMs) this.isFailing = false
  }

  recordFailure(failure: UpstreamFailure): void {
    this.report.failure(failure)
    this.lastFailure = failure
    // A refused question says nothing about the source.
    if (failure.code === 'UPSTREAM_REJECTED') return
    this.isFailing = true
    this.failedMs = this.now()
  }
}

/** How old the answers of a page are, in Unix milliseconds at which they were asked for. */
export interface ReadAges {
  oldestMs: number
  newestMs: number
}

/**
 * Reads a source for one request: what an answer costs is added to what the request has cost, the source remembers how
 * the call went, and a trace shows it.
 */
export class SourceReads {
  private newestMs = -Infinity

  /**
   * @param ages of the page that is read. Then no answer is older than the one before it: what a task leaves behind while
   * a list is read shows where it went only in an answer that is as new, and a cache may have an older one.
   */
  constructor(
    private readonly source: ObservedSource,
    private readonly spent: CostTally,
    private readonly ages: ReadAges | null = null,
  ) {}

  /** The same list, only those rows that stand before the second; null where upstream cannot tell. */
  before(plan: SourcePlan, second: number): SourcePlan | null {
    return this.source.upstream.before(plan, second)
  }

  tooLargeIn(plan: SourcePlan): RowsTooLarge {
    return this.source.tooLargeIn(plan)
  }

  /** @throws UpstreamFailure */
  async page(plan: SourcePlan, offset: number, limit: number, context: CallContext): Promise<SourcePage> {
    const { source, spent, ages, newestMs } = this
    const span = context.span?.child('source page', { ...sourceFacts(source.key), offset, limit })
    const isBounded = newestMs > (context.notBeforeMs ?? -Infinity)
    const bounded = isBounded ? { ...context, notBeforeMs: newestMs } : context
    try {
      const page = await source.upstream.page(plan, offset, limit, within(bounded, span))
      source.recordSuccess(page.askedAtMs)
      spent.add(page.cost)
      if (ages !== null) {
        this.newestMs = Math.max(this.newestMs, page.askedAtMs)
        ages.newestMs = Math.max(ages.newestMs, page.askedAtMs)
        ages.oldestMs = Math.min(ages.oldestMs, page.askedAtMs)
      }
      span?.end()
      return page
    } catch (error) {
      throw this.failed(error, context, span)
    }
  }

  /** @throws UpstreamFailure */
  async find(id: TaskId, context: CallContext): Promise<SourceFind> {
    const { source, spent } = this
    const span = context.span?.child('source find', sourceFacts(source.key))
    try {
      const found = await source.upstream.find(id, within(context, span))
      source.recordSuccess(source.now())
      spent.add(found.cost)
      span?.end()
      return found
    } catch (error) {
      throw this.failed(error, context, span)
    }
  }

  private failed(error: unknown, { signal }: CallContext, span: Span | undefined): unknown {
    const failure = error instanceof UpstreamFailure ? error : null
    span?.end(failure?.code ?? 'INTERNAL_SERVER_ERROR')
    if (failure !== null) {
      this.spent.add(failure.cost)
      if (!hasLeft(signal)) this.source.recordFailure(failure)
    }
    // What is made without this answer lacks something.
    this.spent.add(UNCACHEABLE)
    return error
  }
}

/** A source, and the lists that a filter and an order would ask it for; none where nothing of it can match. */
export class PlannedSource {
  readonly lists: readonly SourcePlan[]

  /** @param order its direction is where the walk goes */
  constructor(
    readonly source: ObservedSource,
    private readonly filter: TaskFilter,
    order: TaskOrder,
  ) {
    this.lists = matchesNothing(filter) ? [] : source.upstream.plan(filter, order)
  }

  /** The same filter in another order. */
  inOrder(order: TaskOrder): PlannedSource {
    return new PlannedSource(this.source, this.filter, order)
  }
}

/** How a trace names a source. */
export function sourceFacts({ provider, account, region }: SourceKey): SpanFacts {
  return {
    'task_gateway.provider': provider,
    'task_gateway.account': account,
    'cloud.region': region ?? '',
  }
}

function within(context: CallContext, span: Span | undefined): CallContext {
  return span === undefined ? context : { ...context, span }
}

/** True where the caller has gone away, which says nothing about the source; a deadline that has passed does. */
function hasLeft(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason
  const isDeadline =
    typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError'
  return signal.aborted && !isDeadline
}
