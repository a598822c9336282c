import { collectDefaultMetrics, Registry } from 'prom-client'
import { createInstruments } from './instruments'
import { createLiveMetrics } from './live-metrics'
import {
  createLimitMetrics,
  createOperationMetrics,
  createGuardMetrics,
  createSourceMetrics,
} from './request-metrics'
import { createCacheMetrics, createRedisMetrics } from './store-metrics'

/** What the gateway counts. Every label has few values: none comes from a caller or an upstream's text. */
export type Metrics = ReturnType<typeof createMetrics>

/**
 * Counters in a registry of their own.
 * @param processMetrics adds memory, CPU, event loop and garbage collection; once a process, as its probes stay
 */
export function createMetrics({ processMetrics }: { readonly processMetrics: boolean }) {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const instruments = createInstruments(registry)
  return {
    ...createSourceMetrics(instruments),
    ...createOperationMetrics(instruments),
    guards: createGuardMetrics(instruments),
    cache: createCacheMetrics(instruments),
    redis: createRedisMetrics(instruments),
    limits: createLimitMetrics(instruments),
    live: createLiveMetrics(instruments),
    /** The text that Prometheus reads. */
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
