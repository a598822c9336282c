import type { RowId, WireRow } from '../../../src/emulator/world/row'
import type { Service } from '../../../src/emulator/world/products'
import { FINISHED, type TaskProvider, type TaskStatus, type TaskType } from '../../../src/tasks/task'

/** A word of an upstream, and what it is unified to. */
export type Word<Unified> = readonly [unified: Unified, raw: string]

/** A task as the oracle knows it; instants are Unix seconds. */
export interface ModelRow {
  readonly service: Service
  readonly region: string
  readonly id: RowId
  readonly start: number | null
  readonly end: number | null
  readonly status: Word<TaskStatus>
  readonly type: Word<TaskType>
  readonly instances: readonly string[]
  /** False for a row that shows no number, which cannot be served. */
  readonly hasNumber: boolean
}

export const PROVIDER_OF: Readonly<Record<Service, TaskProvider>> = { cdb: 'CDB', postgres: 'POSTGRES' }

export const STATUSES: Readonly<Record<Service, readonly Word<TaskStatus>[]>> = {
  cdb: [
    ['SUCCEEDED', 'SUCCEED'],
    ['RUNNING', 'RUNNING'],
    ['FAILED', 'FAILED'],
    ['CANCELLED', 'KILLED'],
    ['WAITING', 'WAITING'],
    ['UNKNOWN', 'UNDEFINED'],
    ['UNKNOWN', 'ABANDONED'],
  ],
  postgres: [
    ['SUCCEEDED', 'Success'],
    ['RUNNING', 'Running'],
    ['FAILED', 'Fail'],
    ['WAITING', 'WaitSwitch'],
    ['PAUSED', 'Pause'],
    ['UNKNOWN', 'Abandoned'],
  ],
}

/** The words that a row may have: an end is believed only with some of them. */
export function statusesOf(service: Service, hasEnded: boolean): readonly Word<TaskStatus>[] {
  return STATUSES[service].filter(([status]) => !hasEnded || status === 'UNKNOWN' || FINISHED.has(status))
}

export const TYPES: Readonly<Record<Service, readonly Word<TaskType>[]>> = {
  cdb: [
    ['MODIFY_PARAMETERS', 'MODIFY PARAM'],
    ['RESTART', 'REBOOT'],
    ['ROLLBACK', 'ROLLBACK'],
    ['ROLLBACK', 'BATCH ROLLBACK'],
    ['OTHER', 'OPEN TDE'],
  ],
  postgres: [
    ['MODIFY_PARAMETERS', 'ModifyInstanceParams'],
    ['RESTART', 'RestartInstance'],
    ['RESTORE', 'RestoreDatabase'],
    ['OTHER', 'CloneInstance'],
  ],
}

/** Names the row among all rows of a world. */
export function nameOf({ service, region, id }: Pick<ModelRow, 'service' | 'region' | 'id'>): string {
  return `${service} ${region} ${id.toString()}`
}

/** The row as its upstream writes it. */
export function wireOf(row: ModelRow, wallClock: (second: number) => string): WireRow {
  const time = (second: number | null) => (second === null ? '' : wallClock(second))
  const common = { StartTime: time(row.start), EndTime: time(row.end), TaskType: row.type[1] }
  const number = row.hasNumber ? row.id : null
  return row.service === 'cdb'
    ? { ...common, JobId: number, TaskStatus: row.status[1], InstanceIds: row.instances }
    : { ...common, TaskId: number, Status: row.status[1], DBInstanceId: row.instances[0] ?? '' }
}
