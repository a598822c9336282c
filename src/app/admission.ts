import type { Config } from '../config'
import { createAdmission, type Admission } from '../graphql/pipeline/admission'
import { createBudget } from '../graphql/pipeline/caller-rate-limiter'
import type { AppTools } from './core'

/** What decides whether an operation may run. */
export function createLimits({ limits: { maxCost, callerRate } }: Config, { metrics }: AppTools): Admission {
  const budget = callerRate === 0 ? null : createBudget(callerRate)
  return createAdmission({ maxCost, budget, report: metrics.limits })
}
