import {
  type ExecutionArgs,
  GraphQLError,
  type OperationDefinitionNode,
  responsePathAsArray,
  type GraphQLResolveInfo,
} from 'graphql'
import type { CallContext, Span } from '../call-context'
import type { Live } from '../live/live'
import { ANYONE, type Caller } from '../tasks/caller'
import { CostTally } from '../call-cost'
import { type TaskService, SourceUnavailable, type SourceFailure } from '../tasks/service'
import type { TaskProvider, Task } from '../tasks/task'
import { toError } from '../lib/error-text'
import { ResponseSize } from './response-size'
import { viewFor, type TaskView, type ViewTask } from './schema/task-view'
import DataLoader from 'dataloader'
import { describe, toExtensions } from './errors'

/** How a request is known to its caller. */
export interface RequestFacts {
  readonly id: string
  readonly transport: 'http' | 'websocket'
  /** W3C Trace Context. */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

/** Who makes a request. */
interface RequestCaller {
  readonly caller: Caller
  /** May ask for `_entities` and `_service`. */
  readonly isRouter: boolean
}

/** What a response must have to be given to equal requests of the same caller. */
export interface CachedFacts {
  /** Name of the operation. */
  readonly name: string | null
  /** Unix milliseconds until which every list in the response is young enough. */
  readonly untilMs: number
  /** Upstream calls that the operation plans. */
  readonly plannedCalls: number
  /** How many upstream responses it was made of. */
  readonly reads: number
  /** The cloud's ids of these. */
  readonly requestIds: readonly string[]
}

export interface Cacheable {
  readonly facts: CachedFacts
  /** The data of the response as JSON. */
  readonly serializeData: () => string
}

/** What the pipeline learns on the way of one request. */
interface PipelineState {
  /** The selected operation; null before it is known. */
  operation: OperationDefinitionNode | null
  /** Upstream calls that the operation plans; null before it was admitted. */
  plannedCalls: number | null
  /** Calls beyond the plan that the caller has paid for. */
  settledCalls: number
  /** Errors by which the operation is answered instead of being executed. */
  wrongVariables: readonly GraphQLError[]
  /** How to execute an admitted subscription; null for every other operation. */
  subscription: ExecutionArgs | null
  /** Set once the request was answered without an error: what the response cache needs, or that it must not keep it. */
  cacheable: Cacheable | 'never' | null
}

/** What every resolver of one GraphQL request is given. */
export interface GraphContext extends RequestCaller {
  readonly core: TaskService
  readonly live: Live
  /** Whose budget pays for the request. */
  readonly payer: string
  readonly requestId: string
  readonly transport: RequestFacts['transport']
  /** Unix milliseconds at which it arrived, however long it then waited to be started. */
  readonly cameMs: number
  /** While a subscription starts, its signal ends that subscription. */
  readonly scope: CallContext
  /** What the request has cost the upstreams so far. */
  readonly cost: CostTally
  readonly loader: TaskLoader
  readonly partialErrors: PartialErrors
  readonly size: ResponseSize
  /** How many ids one subscription may watch. */
  readonly maxWatchedIds: number
  /** Which product an instance id belongs to; null where its form does not say. */
  readonly ownerOf: (instanceId: string) => TaskProvider | null
  /** How each product is shown. */
  readonly views: readonly TaskView[]
  /** Shows a task as the caller may see it. */
  readonly view: ViewTask
  /** In an object of its own, since Apollo hands out copies of the context. */
  readonly state: PipelineState
}

/** What every context is made with. */
interface ContextParts extends Pick<GraphContext, 'core' | 'live' | 'maxWatchedIds' | 'ownerOf' | 'views'> {
  /** How long one request may wait for upstreams. */
  readonly deadlineMs: number
  /** The most bytes of one response. */
  readonly maxAnswerBytes: number
  readonly now: () => number
  /** Null or absent where no traces are made. */
  readonly traces?: { begin(name: string, facts: RequestFacts): Span } | null
}

/** By its name, or by its address if nobody says who it is. */
export function payerOf(caller: Caller, address: string): string {
  return caller === ANYONE ? address : caller.name
}

/**
 * Makes the context of a request, whose signal aborts at the deadline, or when the client has gone.
 * @param address of the client, whose budget pays where the caller is anonymous
 */
export type CreateContext = (
  signal: AbortSignal,
  caller: RequestCaller,
  address: string,
  request: RequestFacts,
) => GraphContext

export function createContexts(parts: ContextParts): CreateContext {
  const { core, live, deadlineMs, maxAnswerBytes, maxWatchedIds, ownerOf, views, now, traces } = parts
  return (signal, { caller, isRouter }, address, request) => {
    const cameMs = now()
    const span = traces?.begin('graphql', request)
    const payer = payerOf(caller, address)
    return {
      core,
      live,
      caller,
      payer,
      isRouter,
      requestId: request.id,
      transport: request.transport,
      cameMs,
      maxWatchedIds,
      ownerOf,
      views,
      ...answering(parts, caller, { signal, deadlineMs: cameMs + deadlineMs, payer, span }, maxAnswerBytes),
      state: {
        operation: null,
        plannedCalls: null,
        settledCalls: 0,
        wrongVariables: [],
        subscription: null,
        cacheable: null,
      },
    }
  }
}

/** The context of one event of a subscription, whose costs are its own. */
export function createEventContext(
  subscription: GraphContext,
  limits: Pick<CallContext, 'signal' | 'deadlineMs'>,
): GraphContext {
  const { payer, caller, size, scope } = subscription
  const own = answering(subscription, caller, { ...limits, payer, span: scope.span }, size.limit)
  return { ...subscription, ...own }
}

/** What each response has of its own. */
function answering(
  { core, views }: Pick<GraphContext, 'core' | 'views'>,
  caller: Caller,
  scope: CallContext,
  maxBytes: number,
) {
  const cost = new CostTally()
  return {
    scope,
    cost,
    loader: createTaskLoader(core, caller, scope, cost),
    partialErrors: new PartialErrors(),
    size: new ResponseSize(maxBytes),
    view: viewFor(views, caller),
  }
}

/** Gathers the ids of one request; below it, the core asks for those of all requests together. */
type TaskLoader = DataLoader<string, Task | null>

/** The loader rejects with BadInput for a text that is no id, and with SourceUnavailable where it could not be asked. */
function createTaskLoader(
  core: TaskService,
  caller: Caller,
  scope: CallContext,
  cost: CostTally,
): TaskLoader {
  return new DataLoader<string, Task | null>((ids) => Promise.all(ids.map((id) => find(id).catch(toError))), {
    maxBatchSize: 1000,
  })

  async function find(id: string): Promise<Task | null> {
    return core.find(core.readId(id, 'id'), caller, scope, cost)
  }
}

/** Failures of sources for `errors[]` although their field has data, or is null without having thrown. */
class PartialErrors {
  readonly errors: GraphQLError[] = []

  add(failures: readonly SourceFailure[], info: GraphQLResolveInfo): void {
    for (const failure of failures) {
      const error = new GraphQLError(describe(failure), {
        nodes: info.fieldNodes,
        path: responsePathAsArray(info.path),
        originalError: new SourceUnavailable(failure.source, failure.failure),
        extensions: toExtensions(failure),
      })
      this.errors.push(error)
    }
  }
}
