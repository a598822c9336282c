import type { TaskId } from '../tasks/id'
import type { Task } from '../tasks/task'

/** Who wants to know every state of some tasks. */
export interface Watcher {
  take(task: Task): void
  /** The task was waited for in vain. */
  giveUp(id: TaskId): void
}

/** Who watches which task of one source, so that a change costs only those who watch it. */
export class Watchers {
  private readonly byNumber = new Map<bigint, Set<Watcher>>()
  /** By the submission that makes tasks, some of them later. */
  private readonly bySubmission = new Map<string, Set<Watcher>>()

  has(number: bigint): boolean {
    return this.byNumber.has(number)
  }

  add(number: bigint, watcher: Watcher): void {
    addTo(this.byNumber, number, watcher)
  }

  /** False where it did not watch it. */
  remove(number: bigint, watcher: Watcher): boolean {
    return removeFrom(this.byNumber, number, watcher)
  }

  addSubmission(id: string, watcher: Watcher): void {
    addTo(this.bySubmission, id, watcher)
  }

  removeSubmission(id: string, watcher: Watcher): void {
    removeFrom(this.bySubmission, id, watcher)
  }

  take(task: Task): void {
    const watching = this.byNumber.get(task.number)
    if (watching !== undefined) for (const watcher of [...watching]) watcher.take(task)
    if (task.submissionId === null) return
    for (const watcher of [...(this.bySubmission.get(task.submissionId) ?? [])])
      if (watching?.has(watcher) !== true) watcher.take(task)
  }

  giveUp(id: TaskId): void {
    for (const watcher of [...(this.byNumber.get(id.number) ?? [])]) watcher.giveUp(id)
  }
}

function addTo<Key>(map: Map<Key, Set<Watcher>>, key: Key, watcher: Watcher): void {
  const watchers = map.get(key) ?? new Set()
  map.set(key, watchers.add(watcher))
}

function removeFrom<Key>(map: Map<Key, Set<Watcher>>, key: Key, watcher: Watcher): boolean {
  const watchers = map.get(key)
  const isGone = watchers?.delete(watcher) ?? false
  if (watchers?.size === 0) map.delete(key)
  return isGone
}
