import type { ProductName } from './accounts'
import { parseEndpoint } from './endpoint'
import type { Environment } from './environment'

export interface ProductConfig {
  /** An origin, without a path. */
  readonly endpoint: string
  /** Per account and region. */
  readonly callsPerSecond: number
}

export interface UpstreamConfig {
  /** How long one GraphQL request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
  /** Calls per source that one page may spend on a filter its upstream lacks. */
  readonly scanCalls: number
  /** How old an answer may be that is served again; 0 serves none again. */
  readonly cacheTtlMs: number
}

export function parseProducts(environment: Environment): Readonly<Record<ProductName, ProductConfig>> {
  const rate = (name: string, fallback: number) =>
    environment.integer(name, { min: 1, max: 10_000, fallback })
  return {
    CDB: {
      endpoint: parseEndpoint(environment, 'TASK_GATEWAY_CDB_ENDPOINT', 'https://cdb.tencentcloudapi.com'),
      callsPerSecond: rate('TASK_GATEWAY_CDB_RATE', 50),
    },
    POSTGRES: {
      endpoint: parseEndpoint(
        environment,
        'TASK_GATEWAY_POSTGRES_ENDPOINT',
        'https://postgres.tencentcloudapi.com',
      ),
      callsPerSecond: rate('TASK_GATEWAY_POSTGRES_RATE', 20),
    },
  }
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
