import type { TaskType } from '../../tasks/task'

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
