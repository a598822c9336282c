import 'reflect-metadata'
import { isCdbTask } from '../../providers/cdb/task'
import { isPostgresTask } from '../../providers/postgres/task'
import type { Caller } from '../../tasks/caller'
import type { Task as DomainTask, TaskProvider } from '../../tasks/task'
import { CdbTask } from './cdb-task.type'
import { PostgresTask } from './postgres-task.type'
import type { Task } from './task.interface'

/** How the tasks of one product are shown. */
export interface TaskView {
  readonly provider: TaskProvider
  /** The name of its GraphQL type. */
  readonly typename: string
  /** SDL of what no class of this folder declares; absent where all is declared. */
  readonly typeDefs?: string
  /** Null for a task of another product. */
  show(task: DomainTask, caller: Caller): Task | null
}

/** A task as the caller may see it. */
export type ViewTask = (task: DomainTask) => Task

/** How the products are shown that the gateway ships with. */
export const TASK_VIEWS: readonly TaskView[] = [
  {
    provider: 'CDB',
    typename: 'CdbTask',
    show: (task) => (isCdbTask(task) ? new CdbTask(task) : null),
  },
  {
    provider: 'POSTGRES',
    typename: 'PostgresTask',
    show: (task, { details }) => (isPostgresTask(task) ? new PostgresTask(task, details) : null),
  },
]

/** Shows a task once, however many fields lead to it, so that what is derived from it is derived once. */
export function viewFor(views: readonly TaskView[], caller: Caller): ViewTask {
  const known = new Map<DomainTask, Task>()
  const show = (task: DomainTask): Task => {
    for (const view of views) {
      const shown = view.show(task, caller)
      if (shown !== null) return shown
    }
    throw new Error(`no GraphQL type shows the tasks of ${task.provider}`)
  }
  return (task) => {
    const shown = known.get(task) ?? show(task)
    known.set(task, shown)
    return shown
  }
}
