interface State<T> {
  readonly value: T
  readonly sinceMs: number
}

/** What was true when. */
export class History<T> {
  private readonly states: State<T>[] = []

  add(value: T): void {
    this.states.push({ value, sinceMs: performance.now() })
  }

  /** How long ago that was last true which fits; null where nothing that ever was does. */
  ageMs(fits: (value: T) => boolean): number | null {
    const at = this.states.findLastIndex(({ value }) => fits(value))
    if (at < 0) return null
    const next = this.states[at + 1]
    return next === undefined ? 0 : performance.now() - next.sinceMs
  }
}
