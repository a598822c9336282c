import { isDeepStrictEqual } from 'node:util'
import { isFinished, type Task } from '../tasks/task'
import type { TaskChangeKind } from './live'

/** Which list showed a row: the newest by start, the latest by end, or any other. */
export type Shown = 'newest' | 'ended' | 'elsewhere'

/** The difference between what was known of a task and what is known now. */
export interface Change {
  readonly kind: TaskChangeKind
  readonly task: Task
  /** Null where the task was not known. */
  readonly before: Task | null
  /** Unix milliseconds at which the upstream was asked. */
  readonly observedMs: number
}

export interface BoardListener {
  changed(change: Change): void
  /** A state of a task that was not known before, whether that is a change or not. */
  learned(task: Task): void
}

interface Entry {
  task: Task
  /** Unix milliseconds at which the upstream was asked that showed it last. */
  seenMs: number
}

/** What is known of the tasks of one source, and what of that is news. */
export class Board {
  private readonly entries = new Map<bigint, Entry>()
  private readonly unfinished = new Map<bigint, Entry>()
  /** What started later and is unknown is new; Infinity before the first round, which is the base line. */
  private startFloor = Infinity
  /** What ended later and is unknown has ended just now. */
  private endFloor = Infinity
  private isDeepKnown = false

  constructor(private readonly listener: BoardListener) {}

  /** False until the base line is there. */
  get isSettled(): boolean {
    return this.startFloor !== Infinity
  }

  get(number: bigint): Task | null {
    return this.entries.get(number)?.task ?? null
  }

  has(number: bigint): boolean {
    return this.entries.has(number)
  }

  /** Takes in a row, where it is newer than what is known. */
  see(task: Task, askedAtMs: number, shown: Shown): void {
    const known = this.entries.get(task.number)
    if (known === undefined) {
      this.arrive(task, askedAtMs, shown)
      return
    }
    const before = known.task
    if (askedAtMs <= known.seenMs) return
    known.seenMs = askedAtMs
    if (before === task || isDeepStrictEqual(before, task)) return
    known.task = task
    if (isFinished(task)) this.unfinished.delete(task.number)
    else this.unfinished.set(task.number, known)
    const kind = isFinished(task) && !isFinished(before) ? 'FINISHED' : 'UPDATED'
    this.listener.changed({ kind, task, before, observedMs: askedAtMs })
    this.listener.learned(task)
  }

  /** @param floor the start second of the last row of the newest that were read; -Infinity where that were all */
  readTo(floor: number): void {
    this.startFloor = floor
  }

  /** @param floor the end second of the last row of the latest ends that were read; -Infinity where that were all */
  readEndsTo(floor: number): void {
    this.endFloor = floor
  }

  /** Everything unfinished was read once, however deep. */
  readDeep(): void {
    this.isDeepKnown = true
  }

  /** Unfinished tasks that stand among the newest. */
  *unfinishedAmongNewest(): Iterable<Task> {
    for (const { task } of this.unfinished.values())
      if (task.startSecond !== null && task.startSecond > this.startFloor) yield task
  }

  /** Unfinished tasks that no list has shown since. */
  unseenSince(ms: number): readonly Task[] {
    return [...this.unfinished.values()].filter(({ seenMs }) => seenMs < ms).map(({ task }) => task)
  }

  drop(number: bigint): void {
    this.entries.delete(number)
    this.unfinished.delete(number)
  }

  /** Forgets finished tasks that no list has shown since. */
  forgetFinished(sinceMs: number): void {
    for (const [number, { seenMs }] of this.entries)
      if (seenMs < sinceMs && !this.unfinished.has(number)) this.entries.delete(number)
  }

  private arrive(task: Task, askedAtMs: number, shown: Shown): void {
    const entry = { task, seenMs: askedAtMs }
    this.entries.set(task.number, entry)
    if (!isFinished(task)) this.unfinished.set(task.number, entry)
    for (const kind of this.news(task, shown))
      this.listener.changed({ kind, task, before: null, observedMs: askedAtMs })
    this.listener.learned(task)
  }

  private news(task: Task, shown: Shown): readonly TaskChangeKind[] {
    if (this.isNew(task, shown)) return isFinished(task) ? ['STARTED', 'FINISHED'] : ['STARTED']
    const { endSecond } = task
    return shown === 'ended' && endSecond !== null && endSecond > this.endFloor ? ['FINISHED'] : []
  }

  /** What has not begun has no place by time: it did not slide in from below. */
  private isNew({ startSecond }: Task, shown: Shown): boolean {
    if (startSecond !== null) return startSecond > this.startFloor
    return this.isSettled && (shown === 'newest' || this.isDeepKnown)
  }
}
