import type { TaskStatus, TaskType } from '../../tasks/task'

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

/** CDB's task types: asked for by number, answered as text. */
export const CDB_TYPE = {
  ROLLBACK: { code: 1, type: 'ROLLBACK' },
  'SQL OPERATION': { code: 2, type: 'RUN_SQL' },
  'IMPORT DATA': { code: 3, type: 'IMPORT_DATA' },
  'MODIFY PARAM': { code: 5, type: 'MODIFY_PARAMETERS' },
  INITIAL: { code: 6, type: 'CREATE_INSTANCE' },
  REBOOT: { code: 7, type: 'RESTART' },
  'OPEN GTID': { code: 8, type: 'ENABLE_GTID' },
  'UPGRADE RO': { code: 9, type: 'UPGRADE' },
  'BATCH ROLLBACK': { code: 10, type: 'ROLLBACK' },
  'UPGRADE MASTER': { code: 11, type: 'UPGRADE' },
  'DROP TABLES': { code: 12, type: 'DROP_TABLES' },
  'SWITCH DR TO MASTER': { code: 13, type: 'PROMOTE_DISASTER_RECOVERY' },
} as const satisfies Record<string, { code: number; type: TaskType }>
