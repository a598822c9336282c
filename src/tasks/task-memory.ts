import { identity } from './id'
import type { IdMemory } from './id-memory'
import { isFinished, type Task } from './task'

/** A state of a task, and when it was asked for, in Unix milliseconds. */
export interface KeptTask {
  readonly task: Task
  readonly askedAtMs: number
}

/** Where finished tasks are kept, by identity, for a time. */
export interface KeptTasks {
  get(task: string): KeptTask | null
  set(task: string, kept: KeptTask): void
  delete(task: string): void
}

/** What answers have shown of tasks: the finished ones, until an answer shows something newer, and their first ids. */
export class TaskMemory {
  constructor(
    private readonly finished: KeptTasks,
    readonly ids: IdMemory,
  ) {}

  get(task: string): Task | null {
    return this.finished.get(task)?.task ?? null
  }

  set(task: string, value: Task, askedAtMs: number): void {
    this.finished.set(task, { task: value, askedAtMs })
  }

  /** Takes in the rows of an answer: whatever is newer than what is kept replaces it. */
  see(rows: readonly (Task | null)[], askedAtMs: number): void {
    for (const task of rows) {
      if (task === null) continue
      const key = identity(task)
      const kept = this.finished.get(key)
      if (kept === null || kept.askedAtMs >= askedAtMs) continue
      if (isFinished(task)) this.finished.set(key, { task, askedAtMs })
      else this.finished.delete(key)
    }
  }
}
