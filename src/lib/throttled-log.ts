const QUIET_MS = 1000
/** Keys may hold words that somebody else chooses. */
const MAX_KEYS = 1000

/** Lets one line a second through for each key, with the number of lines that were left out since the last. */
export class ThrottledLog {
  private readonly last = new Map<string, { readonly atMs: number; leftOut: number }>()

  constructor(private readonly now: () => number) {}

  /** @param write writes the line */
  log(key: string, write: (leftOut: number) => void): void {
    const last = this.last.get(key)
    if (last !== undefined && this.now() - last.atMs < QUIET_MS) {
      last.leftOut += 1
      return
    }
    if (this.last.size >= MAX_KEYS) this.last.clear()
    this.last.set(key, { atMs: this.now(), leftOut: 0 })
    write(last?.leftOut ?? 0)
  }
}
