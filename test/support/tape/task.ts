import type { Task, TaskStatus } from '../../../src/tasks/task'

/** A task of TAPE, a product that does not exist. */
export interface TapeTask extends Task {
  readonly provider: 'TAPE'
  readonly vault: string
}

export function isTapeTask(task: Task): task is TapeTask {
  return task.provider === 'TAPE'
}

/** Its status words are numbers, by which it can be asked. */
export const TAPE_STATUS = {
  10: { code: 10, status: 'PENDING' },
  20: { code: 20, status: 'RUNNING' },
  30: { code: 30, status: 'SUCCEEDED' },
  31: { code: 31, status: 'FAILED' },
} as const satisfies Record<number, { code: number; status: TaskStatus }>

export const TAPE_TYPE = {
  recall: { type: 'RESTORE' },
  wipe: { type: 'DESTROY_INSTANCE' },
} as const
