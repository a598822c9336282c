/** What retries of one source may spend, so that an outage is not answered with more calls. */
export interface RetryBudget {
  /** What a retry of this sort would cost was taken; null where too little is left. */
  spend(kind: 'timeout' | 'other'): number | null
  /** A call has succeeded, after a retry that cost this much (0: without one). */
  earn(spent: number): void
}

/** The figures of the AWS SDKs' standard mode. */
const CAPACITY = 500
const COSTS = { timeout: 10, other: 5 } as const
const FIRST_TRY_EARNS = 1

/** @param onChange told what part of it is left, from 0 to 1 */
export function createRetryBudget(onChange?: (left: number) => void): RetryBudget {
  let left = CAPACITY
  onChange?.(1)
  return {
    spend(kind) {
      const cost = COSTS[kind]
      if (cost > left) return null
      left -= cost
      onChange?.(left / CAPACITY)
      return cost
    },
    earn(spent) {
      if (left === CAPACITY) return
      left = Math.min(CAPACITY, left + (spent === 0 ? FIRST_TRY_EARNS : spent))
      onChange?.(left / CAPACITY)
    },
  }
}
