import type { Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import { Problems } from '../graphql/problems'
import { createTaskLoader } from '../graphql/task-loader'
import type { Live } from '../live/live'
import { createMeter } from '../call-context'
import { ANYONE } from '../tasks/caller'
import type { TaskService } from '../tasks/service'
import { ownerAmong } from '../providers/provider'
import { viewFor } from '../graphql/task-view'
import type { Traces } from '../telemetry/traces'
import { PRODUCTS, type Products } from './products'

/** What every context is made with. */
export interface ContextParts {
  readonly core: TaskService
  readonly live: Live
  /** How long one request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly maxWatchedIds: number
  readonly now: () => number
  readonly products?: Products
  /** Null where no traces are made. */
  readonly traces?: Traces | null
}

/**
 * What the resolvers of one GraphQL request share.
 * @param address of the client, whose budget pays where nobody says who they are
 */
export function createContext(
  { core, live, deadlineMs, maxWatchedIds, now, traces, products = PRODUCTS }: ContextParts,
  signal: AbortSignal,
  { caller, isRouter }: Session,
  address: string,
  request: RequestFacts,
): GraphContext {
  const cameMs = now()
  const scope = {
    signal,
    meter: createMeter(),
    deadlineMs: cameMs + deadlineMs,
    freshness: { oldestMs: Infinity },
    reads: { count: 0 },
    requestIds: new Set<string>(),
    span: traces?.begin('graphql', request),
  }
  return {
    core,
    live,
    caller,
    payer: caller === ANYONE ? address : caller.name,
    isRouter,
    requestId: request.id,
    cameMs,
    scope,
    loader: createTaskLoader(core, caller, scope),
    problems: new Problems(),
    maxWatchedIds,
    ownerOf: ownerAmong(products.providers),
    views: products.views,
    view: viewFor(products.views, caller),
    note: { cost: null, repeatable: null },
  }
}
