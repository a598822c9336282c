import { collectDefaultMetrics, Registry } from 'prom-client'
import { createAuthMetrics, type AuthMetrics } from './auth-metrics'
import { createCacheMetrics, type CacheMetrics } from './cache-metrics'
import { createGraphqlMetrics, type GraphqlMetrics } from './graphql-metrics'
import { createGuardMetrics, type GuardMetrics } from './guard-metrics'
import { createLimitMetrics, type LimitMetrics } from './limit-metrics'
import { createListMetrics, type ListMetrics } from './list-metrics'
import { createLiveMetrics, type LiveMetrics } from './live-metrics'
import { createRedisMetrics, type RedisMetrics } from './redis-metrics'
import { createUpstreamMetrics, type UpstreamMetrics } from './upstream-metrics'

/** What the gateway counts. Every label has few values: none comes from a caller or an upstream's text. */
export interface Metrics extends AuthMetrics, UpstreamMetrics, ListMetrics, GraphqlMetrics {
  readonly guards: GuardMetrics
  readonly cache: CacheMetrics
  readonly redis: RedisMetrics
  readonly limits: LimitMetrics
  /** What goes on over WebSocket. */
  readonly live: LiveMetrics
  /** The text that Prometheus reads. */
  readonly exposition: () => Promise<Exposition>
}

export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/**
 * Counters in a registry of their own.
 * @param processMetrics adds memory, CPU, event loop and garbage collection; once a process, as its probes stay
 */
export function createMetrics({ processMetrics }: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry })
  return {
    ...createUpstreamMetrics(registry),
    ...createListMetrics(registry),
    ...createGraphqlMetrics(registry),
    ...createAuthMetrics(registry),
    guards: createGuardMetrics(registry),
    cache: createCacheMetrics(registry),
    redis: createRedisMetrics(registry),
    limits: createLimitMetrics(registry),
    live: createLiveMetrics(registry),
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
