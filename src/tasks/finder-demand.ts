/** Which tasks of a source were asked for lately: for many of them list pages are cheaper than look-ups. */
export class Demand {
  private readonly askedMs = new Map<string, number>()

  /** @param windowMs how long a page that is read now can be used */
  constructor(
    private readonly windowMs: number,
    private readonly now: () => number,
  ) {}

  /** Takes tasks in that are asked for now; returns how many different ones there were in the window. */
  add(tasks: Iterable<string>): number {
    const nowMs = this.now()
    for (const [task, askedMs] of this.askedMs) {
      if (nowMs - askedMs < this.windowMs) break
      this.askedMs.delete(task)
    }
    for (const task of tasks) {
      // Set anew, so that the map stays in the order of time.
      this.askedMs.delete(task)
      this.askedMs.set(task, nowMs)
    }
    return this.askedMs.size
  }
}
