import {
  createSourceEventStream,
  execute,
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'
import type { EventLoopScheduler } from '../../event-loop-scheduler'
import { toError } from '../../lib/error-text'
import { sleep } from '../../lib/sleep'
import { afterTimer, deadlinePassed, timeLimit } from '../../time-limit'
import { createEventContext, type GraphContext } from '../context'
import { overloaded } from '../refusal'
import { OutcomeTally } from './finish'
import { CachedResponse, type ResponseCache, responseCacheKey } from './response-cache'
import type { GraphServer } from './server'

/** An operation as a client sends it over WebSocket. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Record<string, unknown> | null | undefined
  readonly extensions?: Record<string, unknown> | null | undefined
}

/** What every operation over WebSocket is run with. */
export interface OperationTools {
  readonly graph: GraphServer
  readonly responseCache: ResponseCache
  readonly scheduler: EventLoopScheduler
  /** How long a query, or one event of a subscription, may wait for upstreams. */
  readonly deadlineMs: number
  readonly now: () => number
}

/** An operation that has no result, and why, as the client may see it. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused'

  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super('the operation was refused')
  }
}

/** A result as the client gets it, in the type that graphql-ws hands through. */
export class SentResult implements ExecutionResult {
  readonly data = null

  constructor(readonly formatted: FormattedExecutionResult) {}
}

/** Counts what each caller has in flight. */
interface Flight {
  enter(caller: string): boolean
  leave(caller: string): void
}

/** One operation over a connection, through the same pipeline as one over HTTP. */
export class WebSocketOperation {
  private readonly tally = new OutcomeTally()
  private deadlineError: Error | undefined
  private isInFlight = false
  /** True once an event has asked the upstreams. */
  private asksUpstreams = false

  /**
   * @param context has the signal of `ending`
   * @param ending aborted when the client has had enough, and when the operation has ended
   * @param flight counts a query until it has ended, and a subscription until it has started
   */
  constructor(
    private readonly request: OperationRequest,
    private readonly context: GraphContext,
    private readonly ending: AbortController,
    private readonly flight: Flight,
    private readonly tools: OperationTools,
  ) {}

  /** Runs the operation; `return` ends it at once. Throws OperationRefused if there is no first result. */
  results(): AsyncIterableIterator<SentResult, void, undefined> {
    const results = this.generate()
    return {
      next: () => results.next(),
      // The generator itself would end only after what it waits for.
      return: () => {
        this.ending.abort()
        return results.return()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /** To be called once, whatever became of the operation. A response was reported by the pipeline. */
  end(): void {
    this.ending.abort()
    this.leaveFlight()
    if (this.context.state.subscription !== null) this.tools.graph.finish.report(this.tally, this.context)
  }

  private async *generate(): AsyncGenerator<SentResult, void, undefined> {
    try {
      const started = await this.start()
      if (!(Symbol.asyncIterator in started)) {
        if (!this.hasClientLeft) yield new SentResult(started)
        return
      }
      for await (const event of started) {
        // The source keeps the latest states meanwhile, and no queue.
        if (this.asksUpstreams)
          await sleep(this.tools.graph.finish.eventDelayMs(this.context), this.ending.signal)
        if (this.hasClientLeft) return
        yield new SentResult(await this.runEvent(event))
      }
    } catch (error) {
      if (this.hasClientLeft) return
      if (error instanceof OperationRefused) throw error
      const originalError = toError(error)
      const result = this.fail([new GraphQLError(originalError.message, { originalError })])
      if (this.tally.count === 1) throw new OperationRefused(result.errors)
      yield new SentResult(result)
    } finally {
      this.ending.abort()
    }
  }

  /** The response, or the events of a subscription. @throws OperationRefused */
  private async start(): Promise<FormattedExecutionResult | AsyncIterable<unknown>> {
    const cancel = afterTimer(() => {
      this.deadlineError = deadlinePassed()
      this.ending.abort(this.deadlineError)
    }, this.tools.deadlineMs)
    try {
      await this.tools.scheduler.yieldTurn('begin')
      // Not before its turn: a client that reconnects may start thousands of subscriptions in one write.
      if (this.hasClientLeft) throw new OperationRefused([])
      if (!this.flight.enter(this.context.payer))
        throw new OperationRefused(this.tools.graph.formatErrors([overloaded()]))
      this.isInFlight = true
      const response = await this.respond()
      const { subscription, plannedCalls } = this.context.state
      if (subscription !== null) return await this.subscribe(subscription)
      if (plannedCalls === null) throw new OperationRefused(response.errors ?? [])
      return response
    } finally {
      cancel()
    }
  }

  private async respond(): Promise<FormattedExecutionResult> {
    const { query, operationName, variables, extensions } = this.request
    const { responseCache, graph } = this.tools
    const { caller, isRouter } = this.context
    const given = {
      query,
      ...(operationName && { operationName }),
      ...(variables && { variables }),
      ...(extensions && { extensions }),
    }
    const key = responseCacheKey(given, caller, isRouter)
    const response = await responseCache.respond(key, this.context, async () => {
      const { body } = await graph.apollo.executeOperation(given, { contextValue: this.context })
      return body.kind === 'single' ? body.singleResult : {}
    })
    return response instanceof CachedResponse ? response.parse() : response
  }

  private async subscribe(args: ExecutionArgs): Promise<AsyncIterable<unknown>> {
    const source = await createSourceEventStream({ ...args, contextValue: this.context })
    if (!(Symbol.asyncIterator in source)) throw new OperationRefused(this.fail(source.errors ?? []).errors)
    this.leaveFlight()
    return source
  }

  private async runEvent(rootValue: unknown): Promise<FormattedExecutionResult> {
    const { deadlineMs, now, graph } = this.tools
    const { signal, end } = timeLimit(this.ending.signal, deadlineMs, deadlinePassed)
    const event = createEventContext(this.context, { signal, deadlineMs: now() + deadlineMs })
    try {
      const args = this.context.state.subscription
      if (args === null) throw new Error('an event came without a subscription')
      const { data, errors } = await execute({ ...args, rootValue, contextValue: event })
      const result: FormattedExecutionResult = {
        ...(data !== undefined && { data }),
        ...(errors && { errors: graph.formatErrors(errors) }),
      }
      graph.finish.event(result, event, this.context)
      this.asksUpstreams ||= event.cost.calls > 0
      this.tally.add(result)
      return result
    } finally {
      end()
    }
  }

  private fail(errors: readonly GraphQLError[]): { readonly errors: readonly GraphQLFormattedError[] } {
    const result = { errors: this.tools.graph.formatErrors(errors) }
    this.tally.add(result)
    return result
  }

  private leaveFlight(): void {
    if (this.isInFlight) this.flight.leave(this.context.payer)
    this.isInFlight = false
  }

  /** True if nobody waits for a result; at the deadline the client does. */
  private get hasClientLeft(): boolean {
    const { signal } = this.ending
    return signal.aborted && signal.reason !== this.deadlineError
  }
}
