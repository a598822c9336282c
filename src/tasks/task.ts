/** The products whose tasks are unified. */
export const TASK_PROVIDERS = ['CDB', 'POSTGRES'] as const
export type TaskProvider = (typeof TASK_PROVIDERS)[number]

export const TASK_STATUSES = [
  'PENDING',
  'WAITING',
  'RUNNING',
  'PAUSED',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'REMOVED',
  'UNKNOWN',
] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export const TASK_TYPES = [
  'CREATE_INSTANCE',
  'DESTROY_INSTANCE',
  'RESTART',
  'ROLLBACK',
  'RESTORE',
  'RUN_SQL',
  'IMPORT_DATA',
  'MODIFY_PARAMETERS',
  'ENABLE_GTID',
  'UPGRADE',
  'DROP_TABLES',
  'PROMOTE_DISASTER_RECOVERY',
  'OTHER',
] as const
export type TaskType = (typeof TASK_TYPES)[number]

export const SWITCH_MODES = ['NONE', 'IMMEDIATE', 'SCHEDULED', 'MAINTENANCE_WINDOW', 'UNKNOWN'] as const
export type SwitchMode = (typeof SWITCH_MODES)[number]

/** One upstream list's address: a product, in one account and region. */
export interface SourceKey {
  readonly provider: TaskProvider
  readonly account: string
  /** Null where the source is asked without a region. */
  readonly region: string | null
}

/** What the tasks of every product have in common. Instants are Unix seconds. */
interface TaskFacts {
  readonly source: SourceKey
  /** The product's own number, unique within its source; up to 64 bits. */
  readonly number: bigint
  readonly type: TaskType
  readonly rawType: string
  readonly status: TaskStatus
  readonly rawStatus: string
  /** Percent, 0..100. */
  readonly progress: number | null
  /** Null while the task has not begun. */
  readonly startSecond: number | null
  /** Null while the task is unfinished. */
  readonly endSecond: number | null
  readonly message: string | null
  readonly instanceIds: readonly string[]
}

export interface CdbTask extends TaskFacts {
  readonly provider: 'CDB'
  readonly code: number | null
  readonly asyncRequestId: string | null
  readonly attachments: readonly TaskAttachment[]
}

export interface TaskAttachment {
  readonly key: string
  readonly value: string
}

export interface PostgresTask extends TaskFacts {
  readonly provider: 'POSTGRES'
  readonly detail: PostgresDetail
}

/** What only Postgres tells of a task. */
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

/** One task of any product. */
export type Task = CdbTask | PostgresTask

const FINISHED: ReadonlySet<TaskStatus> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REMOVED'])

/** True once nothing about the task will change any more. */
export function isFinished(task: Task): boolean {
  return FINISHED.has(task.status) || task.endSecond !== null
}

/** `cdb/default/ap-guangzhou`; `-` where there is no region. */
export function sourceName(key: SourceKey): string {
  return `${key.provider.toLowerCase()}/${key.account}/${key.region ?? '-'}`
}

export function isTaskProvider(value: unknown): value is TaskProvider {
  return TASK_PROVIDERS.some((provider) => provider === value)
}
