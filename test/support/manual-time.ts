interface Timer {
  readonly dueMs: number
  readonly delayMs: number
  readonly run: () => void
}

/** A clock that stands until a test lets it go on, and the timers that are set by it. */
export class ManualTime {
  private readonly timers = new Set<Timer>()

  constructor(private nowMs: number) {}

  readonly now = (): number => this.nowMs

  readonly later = (run: () => void, delayMs: number): (() => void) => {
    const timer = { dueMs: this.nowMs + delayMs, delayMs, run }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.size
  }

  /** How many timers are due at that very moment that were set so shortly before it. */
  dueAt(ms: number, longestMs: number): number {
    return [...this.timers].filter(({ dueMs, delayMs }) => dueMs === ms && delayMs <= longestMs).length
  }

  /** Lets time pass, timer by timer. */
  runUntil(endMs: number): void {
    for (;;) {
      const due = [...this.timers].filter(({ dueMs }) => dueMs <= endMs)
      const [next] = due.sort((a, b) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.timers.delete(next)
      this.nowMs = Math.max(this.nowMs, next.dueMs)
      next.run()
    }
    this.nowMs = Math.max(this.nowMs, endMs)
  }
}
