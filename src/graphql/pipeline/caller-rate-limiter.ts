import { LRUCache } from 'lru-cache'

/** Limits the upstream calls that each caller may spend. */
export interface CallerRateLimiter {
  /** Checks the budget and takes the cost in one step. Null, or the milliseconds to wait if nothing was taken. */
  take(payer: string, cost: number): number | null
  /** Takes what was spent beyond the plan. The caller owes what the budget does not cover. */
  charge(payer: string, cost: number): void
  /** Milliseconds until the caller owes nothing. */
  owedMs(payer: string): number
}

const SECOND_MS = 1000
/** Beyond this number, the caller that was not seen for the longest time is forgotten, and its debt with it. */
const MAX_CALLERS = 10_000

/**
 * A token bucket for each caller, kept as the instant at which it is full again (GCRA). It holds one second of `rate`.
 * A cost above that passes if the caller owes nothing, and must then be waited for, so that nobody is faster over time.
 */
export function createCallerRateLimiter(rate: number, now: () => number): CallerRateLimiter {
  const fullAt = new LRUCache<string, { ms: number }>({ max: MAX_CALLERS })
  let lastMs = now()
  let elapsedMs = 0
  /** The system clock may be set back, which must not block anybody. */
  const monotonicMs = (): number => {
    const atMs = now()
    elapsedMs += Math.max(0, atMs - lastMs)
    lastMs = atMs
    return elapsedMs
  }
  const charge = (payer: string, cost: number): void => {
    if (cost <= 0) return
    const known = fullAt.get(payer)
    const ms = Math.max(known?.ms ?? 0, monotonicMs()) + (cost / rate) * SECOND_MS
    if (known === undefined) fullAt.set(payer, { ms })
    else known.ms = ms
  }
  /** How long the bucket is still empty; negative if it is not. */
  const emptyMs = (payer: string): number => (fullAt.get(payer)?.ms ?? 0) - monotonicMs() - SECOND_MS
  return {
    charge,
    owedMs: (payer) => Math.max(0, emptyMs(payer)),
    take(payer, cost) {
      if (cost <= 0) return null
      const emptyForMs = emptyMs(payer)
      if (emptyForMs >= 0) return Math.floor(emptyForMs) + 1
      charge(payer, cost)
      return null
    },
  }
}
