import type { Task, TaskHint } from '../../tasks/task'

/** A task of CDB. Its `submissionId` is the `AsyncRequestId`. */
export interface CdbTask extends Task {
  readonly provider: 'CDB'
  readonly code: number | null
  readonly attachments: readonly TaskAttachment[]
}

export function isCdbTask(task: Task): task is CdbTask {
  return task.provider === 'CDB'
}

export interface TaskAttachment {
  readonly key: string
  readonly value: string
}

/** What finds a job again: the request that made it, else its start and one of its instances. */
export type CdbHint =
  { readonly asyncRequestId: string } | { readonly startSecond: number; readonly instanceId: string | null }

/** As it stands in an id. Null where nothing finds the job but a search. */
export function hintOf(
  asyncRequestId: string | null,
  startSecond: number | null,
  instanceIds: readonly string[],
): TaskHint | null {
  if (asyncRequestId !== null) return [asyncRequestId]
  if (startSecond === null) return null
  const [instanceId = null] = [...instanceIds].sort()
  return [startSecond, instanceId]
}

/** Null for a hint that none of our ids has. */
export function readHint([first, second]: TaskHint): CdbHint | null {
  if (typeof first === 'string') return { asyncRequestId: first }
  if (typeof first !== 'number' || !Number.isSafeInteger(first) || typeof second === 'number') return null
  return { startSecond: first, instanceId: second ?? null }
}
