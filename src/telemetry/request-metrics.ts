import { SECONDS, type Instruments } from './instruments'
import type { UpstreamFailureCode } from '../failure'

const CALLS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

/** What becomes of operations and of callers' credentials. */
export function createOperationMetrics({ counter, histogram }: Instruments) {
  const requests = counter(
    'task_gateway_graphql_requests_total',
    'GraphQL requests answered, and subscriptions that have ended',
    ['operation', 'outcome'],
  )
  const reused = counter(
    'task_gateway_answers_reused_total',
    'Upstream answers taken from the cache, or shared with a call that was under way',
    ['how'],
  )
  const durations = histogram(
    'task_gateway_graphql_request_duration_seconds',
    'Time from a GraphQL request to its answer',
    SECONDS,
    ['operation'],
  )
  const authentications = counter(
    'task_gateway_authentications_total',
    'Credentials of callers that were checked',
    ['outcome'],
  )
  return {
    /** @param durationMs null where it is not the time to an answer */
    graphqlRequest(
      operation: 'query' | 'mutation' | 'subscription' | 'unknown',
      outcome: 'ok' | 'partial' | 'error',
      durationMs: number | null,
    ): void {
      requests.inc({ operation, outcome })
      if (durationMs !== null) durations.observe({ operation }, durationMs / 1000)
    },
    /** Answers that a request was given without a call of its own. */
    answersReused(cacheHits: number, shared: number): void {
      reused.inc({ how: 'cache' }, cacheHits)
      reused.inc({ how: 'shared' }, shared)
    },
    authentication: (outcome: 'ok' | 'unauthenticated' | 'forbidden' | 'unavailable') =>
      authentications.inc({ outcome }),
  }
}

/** What is counted of limits on callers. */
export function createLimitMetrics({ counter, histogram }: Instruments) {
  const costs = histogram(
    'task_gateway_operation_cost',
    'Upstream calls that an operation plans, by which it is admitted',
    CALLS,
  )
  const refusals = counter(
    'task_gateway_refusals_total',
    'Requests, operations, responses and connections that a limit refused, by its name and the code of the error',
    ['code', 'limit'],
  )
  return {
    operationCost: (cost: number) => costs.observe(cost),
    /** A request, operation, response or connection was refused because of that limit, with that code. */
    refused: (limit: string, code: string) => refusals.inc({ code, limit }),
  }
}

/** `code` is an error code, `time` the shape of a time. */
export type WordKind = 'status' | 'type' | 'time' | 'code'

/** One upstream list: a product in an account and region; a null region is a call without one. */
export interface SourceLabels {
  readonly provider: string
  readonly account: string
  readonly region: string | null
}

/** The names of the labels that a source has. */
export const SOURCE = ['provider', 'account', 'region'] as const

const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 } as const

/** The labels of a source. */
export function labels({ provider, account, region }: SourceLabels) {
  return { provider, account, region: region ?? '' }
}

/** What becomes of the calls to a source, and what is wrong with its rows. */
export function createSourceMetrics({ counter, gauge, histogram }: Instruments) {
  const calls = counter('task_gateway_upstream_calls_total', 'Attempts of upstream calls that have ended', [
    ...SOURCE,
    'outcome',
  ])
  const durations = histogram(
    'task_gateway_upstream_call_duration_seconds',
    'Time one attempt took, without its wait for quota',
    SECONDS,
    SOURCE,
  )
  const queue = histogram(
    'task_gateway_upstream_queue_seconds',
    'Time an attempt waited for quota',
    SECONDS,
    SOURCE,
  )
  const rates = gauge(
    'task_gateway_upstream_quota_calls_per_second',
    'Calls a second that our own quota lets out, lowered while the upstream refuses some',
    SOURCE,
  )
  const retries = counter(
    'task_gateway_upstream_retries_total',
    'Attempts that were made because the one before failed',
    [...SOURCE, 'reason'],
  )
  const breakers = gauge(
    'task_gateway_upstream_breaker_state',
    'Whether the source is asked: 0 yes, 1 one call at a time, 2 no',
    SOURCE,
  )
  const breakerChanges = counter(
    'task_gateway_upstream_breaker_changes_total',
    'Changes of the breaker, by the state that it came to',
    [...SOURCE, 'state'],
  )
  const unknownWords = counter(
    'task_gateway_unknown_words_total',
    'Words of an upstream that the gateway does not know: status, type, format of a time, error code',
    ['provider', 'kind'],
  )
  const rowsLeftOut = counter(
    'task_gateway_rows_left_out_total',
    'Rows that cannot be served: without an id, or too large to be read',
    SOURCE,
  )
  const outOfOrder = counter(
    'task_gateway_lists_out_of_order_total',
    'Pages of upstream lists that were not in the order promised',
    SOURCE,
  )
  const contradicted = counter(
    'task_gateway_lists_contradicted_total',
    'Pages whose upstream answered more or fewer rows than it counted',
    SOURCE,
  )
  return {
    /** One attempt of a call has ended. */
    upstreamCall(source: SourceLabels, outcome: 'ok' | UpstreamFailureCode, durationMs: number): void {
      calls.inc({ ...labels(source), outcome })
      durations.observe(labels(source), durationMs / 1000)
    },
    /** An attempt has waited for quota, which lets out so many calls a second at present. */
    queueWait(source: SourceLabels, waitMs: number, rate: number): void {
      queue.observe(labels(source), waitMs / 1000)
      rates.set(labels(source), rate)
    },
    upstreamRetry: (source: SourceLabels, reason: UpstreamFailureCode) =>
      retries.inc({ ...labels(source), reason }),
    breaker(source: SourceLabels, state: keyof typeof BREAKER_STATES): void {
      breakers.set(labels(source), BREAKER_STATES[state])
      breakerChanges.inc({ ...labels(source), state })
    },
    unknownWord: (provider: string, kind: WordKind) => unknownWords.inc({ provider, kind }),
    rowLeftOut: (source: SourceLabels) => rowsLeftOut.inc(labels(source)),
    listOutOfOrder: (source: SourceLabels) => outOfOrder.inc(labels(source)),
    listContradicted: (source: SourceLabels) => contradicted.inc(labels(source)),
  }
}

/** Metrics of the guards of a source's calls. */
export function createGuardMetrics({ counter, gauge }: Instruments) {
  const queueLength = gauge('task_gateway_upstream_queue_calls', 'Calls that wait for quota now', SOURCE)
  const secondCalls = counter(
    'task_gateway_upstream_second_calls_total',
    'Calls sent beside one that many waited for in vain',
    SOURCE,
  )
  const retryBudget = gauge(
    'task_gateway_upstream_retry_budget_ratio',
    'What is left of the budget for retries: 1 all of it, 0 nothing',
    SOURCE,
  )
  const clockOffset = gauge(
    'task_gateway_upstream_clock_offset_seconds',
    'How far the clock that calls are signed by is ahead of ours, learnt from a refusal',
    SOURCE,
  )
  const renewals = counter(
    'task_gateway_credential_renewals_total',
    'Credentials of accounts that were replaced, and attempts at it that failed',
    ['account', 'outcome'],
  )
  return {
    queueLength: (source: SourceLabels, calls: number) => queueLength.set(labels(source), calls),
    secondCall: (source: SourceLabels) => secondCalls.inc(labels(source)),
    /** @param left from 0, nothing, to 1 */
    retryBudget: (source: SourceLabels, left: number) => retryBudget.set(labels(source), left),
    clockOffset: (source: SourceLabels, offsetMs: number) => clockOffset.set(labels(source), offsetMs / 1000),
    credentialRenewal: (account: string, outcome: 'ok' | 'error') => renewals.inc({ account, outcome }),
  }
}
