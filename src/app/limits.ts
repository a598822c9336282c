import type { Config } from '../config'
import { createAdmission, type Admit } from '../graphql/limits/admission'
import type { AppTools } from './core'

/** What decides whether an operation may run. */
export function createLimits({ limits }: Config, { metrics }: AppTools): Admit {
  return createAdmission({ maxCost: limits.maxCost, report: metrics.limits })
}
