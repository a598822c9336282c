import type { Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import { Problems } from '../graphql/problems'
import { createTaskLoader } from '../graphql/task-loader'
import { ownerOf } from '../providers'
import type { Live } from '../live/live'
import { CostTally } from '../call-cost'
import { ANYONE } from '../tasks/caller'
import type { TaskService } from '../tasks/service'
import type { Traces } from '../telemetry/traces'

/** What every context is made with. */
export interface ContextParts {
  readonly core: TaskService
  readonly live: Live
  /** How long one request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly maxWatchedIds: number
  readonly now: () => number
  /** Null where no traces are made. */
  readonly traces?: Traces | null
}

/**
 * What the resolvers of one GraphQL request share.
 * @param address of the client, whose budget pays where nobody says who they are
 */
export function createContext(
  { core, live, deadlineMs, maxWatchedIds, now, traces }: ContextParts,
  signal: AbortSignal,
  { caller, isRouter }: Session,
  address: string,
  request: RequestFacts,
): GraphContext {
  const cameMs = now()
  const scope = {
    signal,
    deadlineMs: cameMs + deadlineMs,
    span: traces?.begin('graphql', request),
  }
  const cost = new CostTally()
  return {
    core,
    live,
    caller,
    payer: caller === ANYONE ? address : caller.name,
    isRouter,
    requestId: request.id,
    cameMs,
    scope,
    cost,
    loader: createTaskLoader(core, caller, scope, cost),
    problems: new Problems(),
    maxWatchedIds,
    ownerOf,
    note: { cost: null, repeatable: null },
  }
}
