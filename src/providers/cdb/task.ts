import type { Task } from '../../tasks/task'

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
