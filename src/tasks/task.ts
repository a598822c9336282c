/** The products that the gateway ships with. */
export const TASK_PROVIDERS = ['CDB', 'POSTGRES'] as const
/** The name of a product, as its provider declares it. */
export type TaskProvider = string

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

/** One upstream list's address: a product, in one account and region. */
export interface SourceKey {
  readonly provider: TaskProvider
  readonly account: string
  /** Null where the source is asked without a region. */
  readonly region: string | null
}

/** What finds a task again in few upstream calls, as its provider wrote it into the task's id. */
export type TaskHint = readonly (string | number | null)[]

/** One task of any product; a provider adds what only its product has. Instants are Unix seconds. */
export interface Task {
  readonly provider: TaskProvider
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
  /** Null while the task is unfinished: an end is read only with a status that is final, or not known. */
  readonly endSecond: number | null
  readonly message: string | null
  readonly instanceIds: readonly string[]
  /** The id that the operation which submitted the task returned; several tasks can share it. Null where the product has none. */
  readonly submissionId: string | null
  /** Becomes part of the task's id; null where its number alone finds it. */
  readonly hint: TaskHint | null
}

/** The statuses that are final, unless the upstream takes one back. */
export const FINISHED: ReadonlySet<TaskStatus> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REMOVED'])

/** True with a final status, or with an end, which is null while the status contradicts it. */
export function isFinished(task: Task): boolean {
  return FINISHED.has(task.status) || task.endSecond !== null
}

/** `cdb/default/ap-guangzhou`; `-` where there is no region. */
export function sourceName(key: SourceKey): string {
  return `${key.provider.toLowerCase()}/${key.account}/${key.region ?? '-'}`
}
