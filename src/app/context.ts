import type { Session } from '../auth/authenticate'
import type { GraphContext } from '../graphql/context'
import { Problems } from '../graphql/problems'
import { createTaskLoader } from '../graphql/task-loader'
import { ownerOf } from '../providers'
import { createMeter } from '../scope'
import type { TaskService } from '../tasks/service'

/** What the resolvers of one GraphQL request share. */
export function createContext(
  core: TaskService,
  deadlineMs: number,
  clock: { readonly now: () => number },
  signal: AbortSignal,
  { caller, isRouter }: Session,
): GraphContext {
  const scope = {
    signal,
    meter: createMeter(),
    deadlineMs: clock.now() + deadlineMs,
    freshness: { oldestMs: Infinity },
  }
  return {
    core,
    caller,
    isRouter,
    scope,
    loader: createTaskLoader(core, caller, scope),
    problems: new Problems(),
    ownerOf,
  }
}
