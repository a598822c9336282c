import type { Caller } from '../../tasks/caller'
import type {
  CdbTask as DomainCdbTask,
  PostgresTask as DomainPostgresTask,
  Task as DomainTask,
} from '../../tasks/task'
import { CdbTask } from './cdb-task.type'
import { PostgresTask } from './postgres-task.type'

/** What the GraphQL type of each product is made from. */
const VIEWS = {
  CDB: (task: DomainCdbTask) => new CdbTask(task),
  POSTGRES: (task: DomainPostgresTask, caller: Caller) => new PostgresTask(task, caller.details),
}

/** A task as the caller may see it; a new object each time, since federation writes on it. */
export function viewTask(task: DomainTask, caller: Caller): CdbTask | PostgresTask {
  return task.provider === 'CDB' ? VIEWS.CDB(task) : VIEWS.POSTGRES(task, caller)
}
