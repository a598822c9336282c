// @ts-check

/** Rows of both products as one kind of task, and the newest of them: what a service would write by hand. */

const CDB_STATUS = {
  INITIAL: 'PENDING',
  RUNNING: 'RUNNING',
  SUCCEED: 'SUCCEEDED',
  FAILED: 'FAILED',
  KILLED: 'CANCELLED',
  REMOVED: 'REMOVED',
  PAUSED: 'PAUSED',
  WAITING: 'WAITING',
}

const POSTGRES_STATUS = {
  Running: 'RUNNING',
  Success: 'SUCCEEDED',
  Fail: 'FAILED',
  WaitSwitch: 'WAITING',
  Pause: 'PAUSED',
}

const BEIJING_MS = 8 * 3_600_000

/** @param {any} row */
export function cdbTask(row) {
  return {
    // CDB finds a task by its request, not by its number.
    id: `CDB:${row.JobId}:${row.AsyncRequestId ?? ''}`,
    provider: 'CDB',
    taskId: String(row.JobId),
    status: CDB_STATUS[row.TaskStatus] ?? 'UNKNOWN',
    rawStatus: row.TaskStatus,
    rawType: row.TaskType,
    progress: row.Progress,
    startedAt: toUtc(row.StartTime),
    endedAt: toUtc(row.EndTime),
    instances: (row.InstanceIds ?? []).map((/** @type {string} */ id) => ({ id })),
  }
}

/** @param {any} row */
export function postgresTask(row) {
  return {
    id: `POSTGRES:${row.TaskId}`,
    provider: 'POSTGRES',
    taskId: String(row.TaskId),
    status: POSTGRES_STATUS[row.Status] ?? 'UNKNOWN',
    rawStatus: row.Status,
    rawType: row.TaskType,
    progress: row.Progress,
    startedAt: toUtc(row.StartTime),
    endedAt: toUtc(row.EndTime),
    instances: row.DBInstanceId ? [{ id: row.DBInstanceId }] : [],
  }
}

/** @param {any[][]} lists of tasks @param {number} first */
export function newest(lists, first) {
  return lists.flat().sort(newestFirst).slice(0, first)
}

/** @param {string} from an instant in UTC; the upstreams want Beijing's wall clock */
export function toBeijing(from) {
  return new Date(Date.parse(from) + BEIJING_MS).toISOString().slice(0, 19).replace('T', ' ')
}

function toUtc(/** @type {string | null} */ text) {
  if (!text || text.startsWith('0000')) return null
  return new Date(`${text.replace(' ', 'T')}+08:00`).toISOString()
}

/** Ties by product and number. @param {any} a @param {any} b */
function newestFirst(a, b) {
  return (
    compare(b.startedAt ?? '', a.startedAt ?? '') ||
    compare(b.provider, a.provider) ||
    Number(b.taskId) - Number(a.taskId)
  )
}

function compare(/** @type {string} */ a, /** @type {string} */ b) {
  return a < b ? -1 : a > b ? 1 : 0
}
