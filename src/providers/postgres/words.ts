import type { TaskStatus, TaskType } from '../../tasks/task'
import type { SwitchMode } from './task'

/** Postgres' status words; none can be asked for. `WaitSwitch` is prepared and waits for its switch time. */
export const POSTGRES_STATUS = {
  Running: { status: 'RUNNING' },
  Success: { status: 'SUCCEEDED' },
  Fail: { status: 'FAILED' },
  WaitSwitch: { status: 'WAITING' },
  Pause: { status: 'PAUSED' },
} as const satisfies Record<string, { status: TaskStatus }>

/** Postgres' known task types, an open set; none can be asked for. */
export const POSTGRES_TYPE = {
  RestartInstance: { type: 'RESTART' },
  RestoreDatabase: { type: 'RESTORE' },
  DestroyInstance: { type: 'DESTROY_INSTANCE' },
  ModifyInstanceParams: { type: 'MODIFY_PARAMETERS' },
} as const satisfies Record<string, { type: TaskType }>

/** `SwitchTag`: when a prepared change is switched to. */
export const SWITCH_MODE = {
  0: 'NONE',
  1: 'IMMEDIATE',
  2: 'SCHEDULED',
  3: 'MAINTENANCE_WINDOW',
} as const satisfies Record<number, SwitchMode>
