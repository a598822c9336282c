import type { TaskStatus } from '../../tasks/task'

/** Postgres' status words; none can be asked for. `WaitSwitch` is prepared and waits for its switch time. */
export const POSTGRES_STATUS = {
  Running: { status: 'RUNNING' },
  Success: { status: 'SUCCEEDED' },
  Fail: { status: 'FAILED' },
  WaitSwitch: { status: 'WAITING' },
  Pause: { status: 'PAUSED' },
} as const satisfies Record<string, { status: TaskStatus }>
