import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory'

/** What each caller may spend, in upstream calls. */
export interface Budget {
  /** Spends, and returns null; or returns the milliseconds to wait, and spends nothing. */
  spend(payer: string, cost: number): Promise<number | null>
  /** What has been spent beyond the plan. */
  charge(payer: string, cost: number): Promise<void>
}

/**
 * `rate` a second. What is dearer than that is let through by whoever owes nothing, and then has to be waited for, so
 * that over time nobody spends faster.
 */
export function createBudget(rate: number): Budget {
  const limiter = new RateLimiterMemory({ points: rate, duration: 1 })

  async function charge(payer: string, cost: number): Promise<void> {
    if (cost === 0) return
    const { consumedPoints, msBeforeNext } = await limiter.penalty(payer, cost)
    if (consumedPoints <= rate) return
    const hasOwed = consumedPoints - cost > rate
    const owedSeconds = hasOwed ? msBeforeNext / 1000 + cost / rate : consumedPoints / rate
    await limiter.set(payer, consumedPoints, owedSeconds)
  }

  return {
    charge,
    async spend(payer, cost) {
      if (cost === 0) return null
      const spent = await limiter.get(payer)
      if (spent !== null && spent.consumedPoints >= rate && spent.msBeforeNext > 0)
        return Math.ceil(spent.msBeforeNext)
      await charge(payer, cost)
      return null
    },
  }
}
