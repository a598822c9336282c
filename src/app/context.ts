import type { Session } from '../auth/authenticate'
import type { GraphContext } from '../graphql/context'
import { Problems } from '../graphql/problems'
import { createTaskLoader } from '../graphql/task-loader'
import { ownerOf } from '../providers'
import type { Live } from '../live/live'
import { createMeter } from '../scope'
import { ANYONE } from '../tasks/caller'
import type { TaskService } from '../tasks/service'

/** What every context is made with. */
export interface ContextParts {
  readonly core: TaskService
  readonly live: Live
  /** How long one request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly maxWatchedIds: number
  readonly now: () => number
}

/**
 * What the resolvers of one GraphQL request, or of one event of a subscription, share.
 * @param address of the client, whose budget pays where nobody says who they are
 */
export function createContext(
  { core, live, deadlineMs, maxWatchedIds, now }: ContextParts,
  signal: AbortSignal,
  { caller, isRouter }: Session,
  address: string,
): GraphContext {
  const scope = {
    signal,
    meter: createMeter(),
    deadlineMs: now() + deadlineMs,
    freshness: { oldestMs: Infinity },
  }
  return {
    core,
    live,
    caller,
    payer: caller === ANYONE ? address : caller.name,
    isRouter,
    scope,
    loader: createTaskLoader(core, caller, scope),
    problems: new Problems(),
    maxWatchedIds,
    ownerOf,
  }
}
