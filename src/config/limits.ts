import type { Environment } from './environment'

/** What callers may ask. */
export interface LimitsConfig {
  /** The most calls to upstreams that one operation may plan. */
  readonly maxCost: number
  /** Upstream calls a second that one caller may spend; 0 is as many as they like. */
  readonly callerRate: number
}

export function parseLimits(environment: Environment): LimitsConfig {
  return {
    maxCost: environment.integer('TASK_GATEWAY_MAX_COST', { min: 1, max: 1_000_000, fallback: 200 }),
    callerRate: environment.integer('TASK_GATEWAY_CALLER_RATE', { min: 0, max: 1_000_000, fallback: 0 }),
  }
}
