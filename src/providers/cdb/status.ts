import type { TaskStatus } from '../../tasks/task'

/** CDB's status words: asked for by number, answered as text. The code is null where it cannot be asked for. */
export const CDB_STATUS = {
  UNDEFINED: { code: -1, status: 'UNKNOWN' },
  INITIAL: { code: 0, status: 'PENDING' },
  RUNNING: { code: 1, status: 'RUNNING' },
  SUCCEED: { code: 2, status: 'SUCCEEDED' },
  FAILED: { code: 3, status: 'FAILED' },
  KILLED: { code: 4, status: 'CANCELLED' },
  REMOVED: { code: 5, status: 'REMOVED' },
  PAUSED: { code: 6, status: 'PAUSED' },
  WAITING: { code: null, status: 'WAITING' },
} as const satisfies Record<string, { code: number | null; status: TaskStatus }>
