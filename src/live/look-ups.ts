import type { TaskId } from '../tasks/id'

interface Wanted {
  readonly id: TaskId
  /** Unix milliseconds at which the upstream first said that it does not know the task; null before. */
  missedMs: number | null
  /** Unix milliseconds before which it is not looked for again. */
  dueMs: number
  /** How often it was looked for. */
  looks: number
}

/** For so long a task is waited for that the upstream does not know. */
export const WAIT_MS = 60_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 8000

/** Which tasks are to be looked for one by one, since no list shows them. */
export class LookUps {
  private readonly wanted = new Map<bigint, Wanted>()
  private readonly hidden = new Map<bigint, TaskId>()

  /** Somebody watches a task of which nothing is known. */
  want(id: TaskId, nowMs: number): void {
    if (!this.wanted.has(id.number))
      this.wanted.set(id.number, { id, missedMs: null, dueMs: nowMs, looks: 0 })
  }

  /** False where nobody wanted it. */
  forget(number: bigint): boolean {
    return this.wanted.delete(number)
  }

  /** A known task is in no list any more. */
  hide(id: TaskId): void {
    this.hidden.set(id.number, id)
  }

  get numbersWanted(): Iterable<bigint> {
    return this.wanted.keys()
  }

  /** Tasks that nobody has looked for. */
  takeNew(nowMs: number): readonly TaskId[] {
    const fresh = [...this.wanted.values()].filter(({ looks }) => looks === 0)
    for (const wanted of fresh) {
      wanted.looks = 1
      wanted.dueMs = nowMs + FIRST_PAUSE_MS
    }
    return fresh.map(({ id }) => id)
  }

  /** The next to look for, which are put back. */
  take(count: number, nowMs: number): readonly TaskId[] {
    const hidden = [...this.hidden.values()].slice(0, count)
    for (const { number } of hidden) this.hidden.delete(number)
    const due = [...this.wanted.values()].filter(({ dueMs }) => dueMs <= nowMs)
    const chosen = due.sort((a, b) => a.dueMs - b.dueMs).slice(0, count - hidden.length)
    for (const wanted of chosen) {
      wanted.dueMs = nowMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** wanted.looks)
      wanted.looks += 1
    }
    return [...hidden, ...chosen.map(({ id }) => id)]
  }

  /** The upstream does not know the task. */
  missed(number: bigint, nowMs: number): void {
    const wanted = this.wanted.get(number)
    if (wanted === undefined) return
    wanted.missedMs ??= nowMs
    wanted.dueMs = Math.max(wanted.dueMs, nowMs + FIRST_PAUSE_MS)
  }

  /** Those that were waited for long enough, which are forgotten. */
  takeOverdue(nowMs: number): readonly TaskId[] {
    const overdue = [...this.wanted.values()]
      .filter(({ missedMs }) => missedMs !== null && nowMs - missedMs >= WAIT_MS)
      .map(({ id }) => id)
    for (const { number } of overdue) this.wanted.delete(number)
    return overdue
  }
}
