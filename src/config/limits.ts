import type { Environment } from './environment'

/** What callers may ask. */
export interface LimitsConfig {
  /** The most calls to upstreams that one operation may plan. */
  readonly maxCost: number
}

export function parseLimits(environment: Environment): LimitsConfig {
  return {
    maxCost: environment.integer('TASK_GATEWAY_MAX_COST', { min: 1, max: 1_000_000, fallback: 200 }),
  }
}
