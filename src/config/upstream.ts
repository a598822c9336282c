import type { Environment } from './environment'

export interface UpstreamConfig {
  /** How long one GraphQL request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
  /** Calls per source that one page may spend on a filter its upstream lacks. */
  readonly scanCalls: number
  /** How old an answer may be that is served again; 0 serves none again. */
  readonly cacheTtlMs: number
}

export function parseUpstream(environment: Environment): UpstreamConfig {
  return {
    deadlineMs: environment.integer('TASK_GATEWAY_DEADLINE_MS', { min: 100, max: 120_000, fallback: 8000 }),
    attemptTimeoutMs: environment.integer('TASK_GATEWAY_ATTEMPT_TIMEOUT_MS', {
      min: 50,
      max: 60_000,
      fallback: 2000,
    }),
    scanCalls: environment.integer('TASK_GATEWAY_SCAN_CALLS', { min: 1, max: 1000, fallback: 20 }),
    cacheTtlMs: environment.integer('TASK_GATEWAY_CACHE_TTL_MS', { min: 0, max: 60_000, fallback: 1000 }),
  }
}
