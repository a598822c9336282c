import type { Task } from '../../tasks/task'

export const SWITCH_MODES = ['NONE', 'IMMEDIATE', 'SCHEDULED', 'MAINTENANCE_WINDOW', 'UNKNOWN'] as const
export type SwitchMode = (typeof SWITCH_MODES)[number]

export interface PostgresTask extends Task {
  readonly provider: 'POSTGRES'
  readonly detail: PostgresDetail
}

export function isPostgresTask(task: Task): task is PostgresTask {
  return task.provider === 'POSTGRES'
}

/** `TaskDetail`, which only Postgres has. */
export interface PostgresDetail {
  readonly currentStep: string | null
  readonly steps: readonly TaskStep[]
  /** Parsed where it is JSON, else the raw text; null when upstream has none. */
  readonly input: unknown
  readonly output: unknown
  readonly switchMode: SwitchMode | null
  readonly switchSecond: number | null
}

export interface TaskStep {
  readonly stepId: number | null
  readonly name: string
  readonly progress: number | null
  readonly message: string | null
}
