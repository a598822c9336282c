/** How many calls a second may go: the quota, or less while somebody else uses it too. */
export interface AdaptiveRate {
  /** Whole calls, at least one. */
  current(): number
  /** The cloud has refused a call for its pace. */
  throttled(): void
}

const LOWERED_TO = 0.7
/** Calls that were under way when the rate was lowered tell nothing new. */
const SAME_NEWS_MS = 1000
const STEP_MS = 1000
const STEP_PART = 0.05

/** Falls by three tenths at a refusal, and rises by a twentieth of the quota in every second without one. */
export function createAdaptiveRate(quota: number, clock: { now(): number }): AdaptiveRate {
  const step = Math.max(1, Math.floor(quota * STEP_PART))
  let lowered = quota
  let sinceMs = -Infinity
  const elapsedMs = (): number => {
    // A clock that was set back must not keep the rate low for as long.
    sinceMs = Math.min(sinceMs, clock.now())
    return clock.now() - sinceMs
  }
  const current = (): number => Math.min(quota, lowered + step * Math.floor(elapsedMs() / STEP_MS))
  return {
    current,
    throttled() {
      if (elapsedMs() < SAME_NEWS_MS) return
      lowered = Math.max(1, Math.floor(current() * LOWERED_TO))
      sinceMs = clock.now()
    },
  }
}
