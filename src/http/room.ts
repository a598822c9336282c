/** How late the event loop may be on average before there is less room. */
const LATE_MS = 20
/** So many samples in a row: whatever runs for the first time, or one large collection, is no overload. */
const LATE_SAMPLES = 2
/** With so few under way it is not their number that makes the loop late. */
const FEW = 8
const GROW = 1.1

/**
 * How many requests may be under way at once: as many as are allowed while the event loop is on time, and ever fewer
 * while it stays late. Those that wait for an upstream cost no time of the loop, and so may be many.
 */
export class Room {
  private inFlight = 0
  private limit: number
  private late = 0

  constructor(private readonly max: number) {
    this.limit = max
  }

  /** False where there is no room. */
  take(): boolean {
    if (this.inFlight >= this.limit) return false
    this.inFlight += 1
    return true
  }

  giveBack(): void {
    this.inFlight -= 1
  }

  /** @param loopDelayMs the mean since the last time; infinite where there was no sample, which tells nothing */
  adapt(loopDelayMs: number): void {
    const isLate = loopDelayMs !== Infinity && loopDelayMs > LATE_MS
    this.late = isLate ? this.late + 1 : 0
    if (!isLate) this.limit = Math.min(this.max, this.limit * GROW)
    else if (this.limit < this.max || this.late >= LATE_SAMPLES)
      this.limit = Math.min(
        this.max,
        Math.max(FEW, (Math.min(this.limit, this.inFlight) * LATE_MS) / loopDelayMs),
      )
  }
}
