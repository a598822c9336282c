import DataLoader from 'dataloader'
import type { CallContext } from '../call-context'
import type { CostTally } from '../call-cost'
import type { Caller } from '../tasks/caller'
import type { TaskService } from '../tasks/service'
import type { Task } from '../tasks/task'

/** Gathers the ids of one request; below it, the core asks for those of all requests together. */
export type TaskLoader = DataLoader<string, Task | null>

/** The loader rejects with BadInput for a text that is no id, and with SourceUnavailable where it could not be asked. */
export function createTaskLoader(
  core: TaskService,
  caller: Caller,
  scope: CallContext,
  cost: CostTally,
): TaskLoader {
  return new DataLoader<string, Task | null>(
    (ids) => Promise.all(ids.map((id) => find(id).catch((error: unknown) => toError(error)))),
    { maxBatchSize: 1000 },
  )

  async function find(id: string): Promise<Task | null> {
    return core.find(core.readId(id, 'id'), caller, scope, cost)
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
