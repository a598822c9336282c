import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import type { SourcePage, SourcePlan, TaskSource } from './source'
import type { TaskId } from './id'
import type { Task } from './task'

export type SourceState = 'AVAILABLE' | 'DEGRADED' | 'UNAVAILABLE'

/** How long a list that ran against its order is told of. */
const DISORDER_MS = 5 * 60_000
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAUTHORIZED',
])

/** Told of what an observer learns. */
export interface SourceReport {
  disorder(): void
  failure(failure: UpstreamFailure): void
}

/** A source that remembers how its calls went. */
export class ObservedSource implements TaskSource {
  lastSuccessMs: number | null = null
  lastFailure: UpstreamFailure | null = null
  private isFailing = false
  private failedMs = -Infinity
  private disorderedUntilMs = 0

  constructor(
    private readonly source: TaskSource,
    private readonly now: () => number,
    private readonly report: SourceReport,
  ) {}

  get key() {
    return this.source.key
  }

  get callsPerSecond() {
    return this.source.callsPerSecond
  }

  get askableStatuses() {
    return this.source.askableStatuses
  }

  get mostFindCalls() {
    return this.source.mostFindCalls
  }

  get state(): SourceState {
    if (this.isFailing && this.lastFailure !== null)
      return UNAVAILABLE.has(this.lastFailure.code) ? 'UNAVAILABLE' : 'DEGRADED'
    return this.now() < this.disorderedUntilMs ? 'DEGRADED' : 'AVAILABLE'
  }

  reportDisorder(): void {
    this.disorderedUntilMs = this.now() + DISORDER_MS
    this.report.disorder()
  }

  plan(...question: Parameters<TaskSource['plan']>): readonly SourcePlan[] {
    return this.source.plan(...question)
  }

  before(plan: SourcePlan, second: number): SourcePlan | null {
    return this.source.before(plan, second)
  }

  async page(plan: SourcePlan, offset: number, limit: number, scope: CallContext): Promise<SourcePage> {
    const page = await this.observe(
      this.source.page(plan, offset, limit, scope),
      scope,
      ({ askedAtMs }) => askedAtMs,
    )
    if (scope.freshness) scope.freshness.oldestMs = Math.min(scope.freshness.oldestMs, page.askedAtMs)
    return page
  }

  find(id: TaskId, scope: CallContext): Promise<Task | null> {
    return this.observe(this.source.find(id, scope), scope, this.now)
  }

  /** @param atMs when the answer was asked for: one that was kept says nothing of the source now */
  private async observe<T>(
    answer: Promise<T>,
    { signal }: CallContext,
    atMs: (value: T) => number,
  ): Promise<T> {
    try {
      const value = await answer
      this.recordSuccess(atMs(value))
      return value
    } catch (error) {
      if (error instanceof UpstreamFailure && !hasLeft(signal)) this.recordFailure(error)
      throw error
    }
  }

  private recordSuccess(atMs: number): void {
    this.lastSuccessMs = Math.max(this.lastSuccessMs ?? atMs, atMs)
    if (atMs >= this.failedMs) this.isFailing = false
  }

  private recordFailure(failure: UpstreamFailure): void {
    this.report.failure(failure)
    this.lastFailure = failure
    // A refused question says nothing about the source.
    if (failure.code === 'UPSTREAM_REJECTED') return
    this.isFailing = true
    this.failedMs = this.now()
  }
}

/** True where the caller has gone away, which says nothing about the source; a deadline that has passed does. */
function hasLeft(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason
  const isDeadline =
    typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError'
  return signal.aborted && !isDeadline
}
