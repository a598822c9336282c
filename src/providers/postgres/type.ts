import type { TaskType } from '../../tasks/task'

/** Postgres' known task types, an open set; none can be asked for. */
export const POSTGRES_TYPE = {
  RestartInstance: { type: 'RESTART' },
  RestoreDatabase: { type: 'RESTORE' },
  DestroyInstance: { type: 'DESTROY_INSTANCE' },
  ModifyInstanceParams: { type: 'MODIFY_PARAMETERS' },
} as const satisfies Record<string, { type: TaskType }>
