import { UpstreamFailure } from '../failure'
import type { CallContext, Span, SpanFacts } from '../call-context'
import type { TaskId } from './id'
import type { SourceFind, SourcePage, SourcePlan, TaskSource } from './source'
import type { SourceKey } from './task'

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

/** A source that remembers how its calls went, and shows them in the trace of a request. */
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

  async page(plan: SourcePlan, offset: number, limit: number, context: CallContext): Promise<SourcePage> {
    const span = context.span?.child('source page', { ...sourceFacts(this.key), offset, limit })
    try {
      const page = await this.source.page(plan, offset, limit, within(context, span))
      // A page from a cache says nothing of the source now.
      this.recordSuccess(page.askedAtMs)
      span?.end()
      return page
    } catch (error) {
      throw this.failed(error, context, span)
    }
  }

  async find(id: TaskId, context: CallContext): Promise<SourceFind> {
    const span = context.span?.child('source find', sourceFacts(this.key))
    try {
      const found = await this.source.find(id, within(context, span))
      this.recordSuccess(this.now())
      span?.end()
      return found
    } catch (error) {
      throw this.failed(error, context, span)
    }
  }

  private failed(error: unknown, { signal }: CallContext, span: Span | undefined): unknown {
    const failure = error instanceof UpstreamFailure ? error : null
    span?.end(failure?.code ?? 'INTERNAL_SERVER_ERROR')
    if (failure !== null && !hasLeft(signal)) this.recordFailure(failure)
    return error
  }

  /** @param atMs when the answer was asked for */
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
