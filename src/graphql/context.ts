import type { ExecutionArgs, GraphQLError, OperationDefinitionNode } from 'graphql'
import type { CallContext, Span } from '../call-context'
import type { Live } from '../live/live'
import { ANYONE, type Caller } from '../tasks/caller'
import { CostTally } from '../call-cost'
import type { TaskService } from '../tasks/service'
import type { TaskProvider } from '../tasks/task'
import { PartialErrors } from './partial-errors'
import { createTaskLoader, type TaskLoader } from './task-loader'
import { ResponseSize } from './response-size'
import { viewFor, type TaskView, type ViewTask } from './schema/task-view'

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
export interface Cacheable {
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
  /** The data of the response as JSON. */
  readonly serializeData: () => string
}

/** What the pipeline learns on the way of one request. */
export interface PipelineState {
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
export interface ContextParts extends Pick<
  GraphContext,
  'core' | 'live' | 'maxWatchedIds' | 'ownerOf' | 'views'
> {
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

/** @param address of the client, whose budget pays where the caller is anonymous */
export function createContext(
  { core, live, deadlineMs, maxAnswerBytes, maxWatchedIds, ownerOf, views, now, traces }: ContextParts,
  signal: AbortSignal,
  { caller, isRouter }: RequestCaller,
  address: string,
  request: RequestFacts,
): GraphContext {
  const cameMs = now()
  const cost = new CostTally()
  const span = traces?.begin('graphql', request)
  const payer = payerOf(caller, address)
  const scope = { signal, deadlineMs: cameMs + deadlineMs, payer, span }
  return {
    core,
    live,
    caller,
    payer,
    isRouter,
    requestId: request.id,
    transport: request.transport,
    cameMs,
    scope,
    cost,
    loader: createTaskLoader(core, caller, scope, cost),
    partialErrors: new PartialErrors(),
    size: new ResponseSize(maxAnswerBytes),
    maxWatchedIds,
    ownerOf,
    views,
    view: viewFor(views, caller),
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

/** The context of one event of a subscription, whose costs are its own. */
export function createEventContext(
  subscription: GraphContext,
  limits: Pick<CallContext, 'signal' | 'deadlineMs'>,
): GraphContext {
  const cost = new CostTally()
  const scope: CallContext = { ...limits, payer: subscription.payer, span: subscription.scope.span }
  return {
    ...subscription,
    scope,
    cost,
    loader: createTaskLoader(subscription.core, subscription.caller, scope, cost),
    partialErrors: new PartialErrors(),
    size: new ResponseSize(subscription.size.limit),
    view: viewFor(subscription.views, subscription.caller),
  }
}
