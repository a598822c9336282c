import type { Emulator } from '../../src/emulator/start'
import { percentile } from './clients'

/** Gathers how the answers were, and tells it. */
export class Judge {
  private readonly latenciesMs: number[] = []
  private readonly agesMs: number[] = []
  private readonly beganMs = performance.now()
  private wrong = 0
  private example: unknown = null

  /** @param judge the age of the answer; null where it was never true */
  async time(ask: () => Promise<unknown>, judge: (answer: unknown) => number | null): Promise<void> {
    const sinceMs = performance.now()
    const answer = await ask()
    this.latenciesMs.push(performance.now() - sinceMs)
    const ageMs = judge(answer)
    if (ageMs !== null) this.agesMs.push(ageMs)
    else {
      this.wrong += 1
      this.example ??= answer
    }
  }

  /** How many answers there were, and how many of them were never true. */
  counts(): { readonly asked: number; readonly wrong: number } {
    return { asked: this.latenciesMs.length, wrong: this.wrong }
  }

  /** Prints the figures; false where one of them breaks its promise. */
  tell({ log }: Emulator, most: { readonly calls: number; readonly ageMs: number }): boolean {
    const [latencies, ages] = [this.latenciesMs, this.agesMs].map((values) => values.sort((a, b) => a - b))
    const oldestMs = ages?.at(-1) ?? 0
    const rejected = log.count({ outcome: 'RequestLimitExceeded' })
    const failed = log.count() - log.count({ outcome: 'ok' })
    const ms = (share: number) => percentile(latencies ?? [], share).toFixed(1)
    const tookSeconds = ((performance.now() - this.beganMs) / 1000).toFixed(1)
    process.stdout.write(`requests            ${this.latenciesMs.length} in ${tookSeconds} s
wrong               ${this.wrong}
oldest answer       ${oldestMs.toFixed(0)} ms (at most ${most.ageMs})
latency             p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, worst ${ms(1)} ms
upstream calls      ${log.count()} (at most ${most.calls}): CDB ${log.count({ service: 'cdb' })}, Postgres ${log.count({ service: 'postgres' })}
rejected upstream   ${rejected}, otherwise failed ${failed - rejected}
`)
    if (this.example !== null)
      process.stdout.write(`a wrong answer: ${JSON.stringify(this.example).slice(0, 2000)}\n`)
    return this.wrong + failed === 0 && oldestMs <= most.ageMs && log.count() <= most.calls
  }
}
