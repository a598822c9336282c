import { percentile } from './clients'
import type { Figures, Percentiles } from './overload-question'

/** Sorts the answers of one load. */
export class OverloadTally {
  notSent = 0
  private sent = 0
  private goodInTime = 0
  private readonly goodMs: number[] = []
  private readonly refusedMs: number[] = []
  private readonly others = new Map<string, number>()

  /** @param endMs when the load ends, by the clock of this process */
  constructor(readonly endMs: number) {}

  add(status: number, text: string, ms: number): void {
    this.sent += 1
    if (status === 200 && !text.includes('"code":')) {
      this.goodMs.push(ms)
      if (performance.now() <= this.endMs) this.goodInTime += 1
    } else if (status === 503 && text.includes('"OVERLOADED"')) this.refusedMs.push(ms)
    else this.count(`${status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? ''}`)
  }

  fail(error: unknown): void {
    this.sent += 1
    this.count(String(error))
  }

  figures(): Figures {
    return {
      sent: this.sent,
      notSent: this.notSent,
      good: this.goodMs.length,
      goodInTime: this.goodInTime,
      goodMs: percentiles(this.goodMs),
      refused: this.refusedMs.length,
      refusedMs: percentiles(this.refusedMs),
      others: Object.fromEntries(this.others),
    }
  }

  private count(what: string): void {
    this.others.set(what, (this.others.get(what) ?? 0) + 1)
  }
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return { p50: 0, p99: 0 }
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) }
}
