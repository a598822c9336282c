import type { Config } from '../config'
import { createAdmission, type Admission } from '../graphql/pipeline/admission'
import { createCallerRateLimiter } from '../graphql/pipeline/caller-rate-limiter'
import type { AppTools } from './core'

/** Decides whether an operation may run, as configured. */
export function createAdmissionFor(
  { limits: { maxCost, callerRate } }: Config,
  { metrics, clock }: AppTools,
): Admission {
  const limiter = callerRate === 0 ? null : createCallerRateLimiter(callerRate, clock.now)
  return createAdmission({ maxCost, limiter, report: metrics.limits })
}
