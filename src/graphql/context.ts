import type { Live } from '../live/live'
import type { CallContext } from '../call-context'
import type { CostTally } from '../call-cost'
import type { Caller } from '../tasks/caller'
import type { TaskService } from '../tasks/service'
import type { TaskProvider } from '../tasks/task'
import type { TaskLoader } from './task-loader'
import type { Problems } from './problems'
import type { Repeatable } from './repeatable'

/** How a request is known to its caller. */
export interface RequestFacts {
  readonly id: string
  /** W3C Trace Context. */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

export interface RequestNote {
  /** How many upstream calls the operation plans, once it was let in. */
  cost: number | null
  /** Set once the request has been answered without an error: by what others may be answered the same, if they may. */
  repeatable: Repeatable | 'never' | null
}

/** What every resolver of one GraphQL request is given. */
export interface GraphContext {
  readonly core: TaskService
  readonly live: Live
  readonly caller: Caller
  /** Whose budget pays for the request. */
  readonly payer: string
  /** May ask for `_entities` and `_service`. */
  readonly isRouter: boolean
  readonly requestId: string
  /** Unix milliseconds at which it came, however long it then waited to be begun. */
  readonly cameMs: number
  /** While a subscription is begun, its signal ends that subscription. */
  readonly scope: CallContext
  /** What the request has cost the upstreams so far. */
  readonly cost: CostTally
  readonly loader: TaskLoader
  /** Failures to be told beside the data. */
  readonly problems: Problems
  /** How many ids one subscription may watch. */
  readonly maxWatchedIds: number
  /** Which product an instance id belongs to; null where its form does not tell. */
  readonly ownerOf: (instanceId: string) => TaskProvider | null
  /** What is learnt on the way; in an object of its own, since Apollo hands out copies of the context. */
  readonly note: RequestNote
}
