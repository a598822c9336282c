import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { UpstreamFailureCode } from '../failure'
import { createAuthMetrics, type AuthMetrics } from './auth-metrics'
import { createCacheMetrics, type CacheMetrics } from './cache-metrics'
import { createGuardMetrics, type GuardMetrics } from './guard-metrics'
import { createLimitMetrics, type LimitMetrics } from './limit-metrics'
import { createLiveMetrics, type LiveMetrics } from './live-metrics'
import { createRedisMetrics, type RedisMetrics } from './redis-metrics'
import { labels, SOURCE, type SourceLabels } from './source-labels'

export type OperationKind = 'query' | 'mutation' | 'subscription' | 'unknown'

/** `partial`: data and errors. */
export type OperationOutcome = 'ok' | 'partial' | 'error'

/** What the gateway counts. Every label has few values: none comes from a caller or an upstream's text. */
export interface Metrics extends AuthMetrics {
  /** One attempt of a call has ended. */
  upstreamCall(source: SourceLabels, outcome: 'ok' | UpstreamFailureCode, durationMs: number): void
  /** An attempt has waited for quota, which lets out so many calls a second at present. */
  queueWait(source: SourceLabels, waitMs: number, rate: number): void
  /** A call is tried again after this. */
  upstreamRetry(source: SourceLabels, reason: UpstreamFailureCode): void
  /** A source was taken for down, is tried, or is back. */
  breaker(source: SourceLabels, state: keyof typeof BREAKER_STATES): void
  /** A word that a vocabulary lacks was answered. */
  unknownWord(provider: string, kind: 'status' | 'type'): void
  /** A row without an id cannot be served. */
  rowLeftOut(source: SourceLabels): void
  /** An upstream's list was not in the order it promises. */
  listOutOfOrder(source: SourceLabels): void
  graphqlRequest(operation: OperationKind, outcome: OperationOutcome, durationMs: number): void
  /** Answers that a request was given without a call of its own. */
  answersReused(cacheHits: number, shared: number): void
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

const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 } as const
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8]

/**
 * Counters in a registry of their own.
 * @param processMetrics adds memory, CPU, event loop and garbage collection; once a process, as its probes stay
 */
export function createMetrics({ processMetrics }: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const upstream = upstreamMetrics(registry)
  const guards = guardMetrics(registry)
  const lists = listMetrics(registry)
  const graphql = graphqlMetrics(registry)
  return {
    ...createAuthMetrics(registry),
    guards: createGuardMetrics(registry),
    cache: createCacheMetrics(registry),
    redis: createRedisMetrics(registry),
    limits: createLimitMetrics(registry),
    live: createLiveMetrics(registry),
    upstreamCall(source, outcome, durationMs) {
      upstream.calls.inc({ ...labels(source), outcome })
      upstream.duration.observe(labels(source), durationMs / 1000)
    },
    queueWait(source, waitMs, rate) {
      upstream.queue.observe(labels(source), waitMs / 1000)
      guards.rate.set(labels(source), rate)
    },
    upstreamRetry: (source, reason) => guards.retries.inc({ ...labels(source), reason }),
    breaker(source, state) {
      guards.breaker.set(labels(source), BREAKER_STATES[state])
      guards.breakerChanges.inc({ ...labels(source), state })
    },
    unknownWord: (provider, kind) => lists.unknownWords.inc({ provider, kind }),
    rowLeftOut: (source) => lists.rowsLeftOut.inc(labels(source)),
    listOutOfOrder: (source) => lists.outOfOrder.inc(labels(source)),
    graphqlRequest(operation, outcome, durationMs) {
      graphql.requests.inc({ operation, outcome })
      graphql.duration.observe({ operation }, durationMs / 1000)
    },
    answersReused(cacheHits, shared) {
      graphql.reused.inc({ how: 'cache' }, cacheHits)
      graphql.reused.inc({ how: 'shared' }, shared)
    },
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function upstreamMetrics(registry: Registry) {
  const registers = [registry]
  return {
    calls: new Counter({
      name: 'task_gateway_upstream_calls_total',
      help: 'Attempts of upstream calls that have ended',
      labelNames: [...SOURCE, 'outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'task_gateway_upstream_call_duration_seconds',
      help: 'Time one attempt took, without its wait for quota',
      labelNames: SOURCE,
      buckets: SECONDS,
      registers,
    }),
    queue: new Histogram({
      name: 'task_gateway_upstream_queue_seconds',
      help: 'Time an attempt waited for quota',
      labelNames: SOURCE,
      buckets: SECONDS,
      registers,
    }),
  }
}

function guardMetrics(registry: Registry) {
  const registers = [registry]
  return {
    rate: new Gauge({
      name: 'task_gateway_upstream_quota_calls_per_second',
      help: 'Calls a second that our own quota lets out, lowered while the upstream refuses some',
      labelNames: SOURCE,
      registers,
    }),
    retries: new Counter({
      name: 'task_gateway_upstream_retries_total',
      help: 'Attempts that were made because the one before failed',
      labelNames: [...SOURCE, 'reason'],
      registers,
    }),
    breaker: new Gauge({
      name: 'task_gateway_upstream_breaker_state',
      help: 'Whether the source is asked: 0 yes, 1 one call at a time, 2 no',
      labelNames: SOURCE,
      registers,
    }),
    breakerChanges: new Counter({
      name: 'task_gateway_upstream_breaker_changes_total',
      help: 'Changes of the breaker, by the state that it came to',
      labelNames: [...SOURCE, 'state'],
      registers,
    }),
  }
}

function listMetrics(registry: Registry) {
  const registers = [registry]
  return {
    unknownWords: new Counter({
      name: 'task_gateway_unknown_words_total',
      help: 'Rows whose status or type is in no vocabulary of ours',
      labelNames: ['provider', 'kind'],
      registers,
    }),
    rowsLeftOut: new Counter({
      name: 'task_gateway_rows_left_out_total',
      help: 'Rows without an id, which cannot be served',
      labelNames: SOURCE,
      registers,
    }),
    outOfOrder: new Counter({
      name: 'task_gateway_lists_out_of_order_total',
      help: 'Pages of upstream lists that were not in the order promised',
      labelNames: SOURCE,
      registers,
    }),
  }
}

function graphqlMetrics(registry: Registry) {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'task_gateway_graphql_requests_total',
      help: 'GraphQL requests answered',
      labelNames: ['operation', 'outcome'],
      registers,
    }),
    reused: new Counter({
      name: 'task_gateway_answers_reused_total',
      help: 'Upstream answers taken from the cache, or shared with a call that was under way',
      labelNames: ['how'],
      registers,
    }),
    duration: new Histogram({
      name: 'task_gateway_graphql_request_duration_seconds',
      help: 'Time from a GraphQL request to its answer',
      labelNames: ['operation'],
      buckets: SECONDS,
      registers,
    }),
  }
}
