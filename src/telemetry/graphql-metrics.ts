import { Counter, Histogram, type Registry } from 'prom-client'
import { SECONDS } from './seconds'

export type OperationKind = 'query' | 'mutation' | 'subscription' | 'unknown'

/** `partial`: data and errors. */
export type OperationOutcome = 'ok' | 'partial' | 'error'

/** What becomes of GraphQL requests. */
export interface GraphqlMetrics {
  /** @param durationMs null where it is not the time to an answer */
  graphqlRequest(operation: OperationKind, outcome: OperationOutcome, durationMs: number | null): void
  /** Answers that a request was given without a call of its own. */
  answersReused(cacheHits: number, shared: number): void
}

export function createGraphqlMetrics(registry: Registry): GraphqlMetrics {
  const graphql = register(registry)
  return {
    graphqlRequest(operation, outcome, durationMs) {
      graphql.requests.inc({ operation, outcome })
      if (durationMs !== null) graphql.duration.observe({ operation }, durationMs / 1000)
    },
    answersReused(cacheHits, shared) {
      graphql.reused.inc({ how: 'cache' }, cacheHits)
      graphql.reused.inc({ how: 'shared' }, shared)
    },
  }
}

function register(registry: Registry) {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'task_gateway_graphql_requests_total',
      help: 'GraphQL requests answered, and subscriptions that have ended',
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
