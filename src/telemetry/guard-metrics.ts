import { Counter, Gauge, type Registry } from 'prom-client'
import { labels, SOURCE, type SourceLabels } from './source-labels'

/** What is told of the guards of a source's calls beside their outcomes. */
export interface GuardMetrics {
  /** So many calls wait for quota now. */
  queueLength(source: SourceLabels, calls: number): void
  /** A call was sent beside one that many waited for in vain. */
  secondCall(source: SourceLabels): void
  /** @param left from 0, nothing, to 1 */
  retryBudget(source: SourceLabels, left: number): void
  /** The cloud's clock is so far ahead of ours. */
  clockOffset(source: SourceLabels, offsetMs: number): void
  credentialRenewal(account: string, outcome: 'ok' | 'error'): void
}

export function createGuardMetrics(registry: Registry): GuardMetrics {
  const registers = [registry]
  const queueLength = new Gauge({
    name: 'task_gateway_upstream_queue_calls',
    help: 'Calls that wait for quota now',
    labelNames: SOURCE,
    registers,
  })
  const secondCalls = new Counter({
    name: 'task_gateway_upstream_second_calls_total',
    help: 'Calls sent beside one that many waited for in vain',
    labelNames: SOURCE,
    registers,
  })
  const retryBudget = new Gauge({
    name: 'task_gateway_upstream_retry_budget_ratio',
    help: 'What is left of the budget for retries: 1 all of it, 0 nothing',
    labelNames: SOURCE,
    registers,
  })
  const clockOffset = new Gauge({
    name: 'task_gateway_upstream_clock_offset_seconds',
    help: 'How far the clock that calls are signed by is ahead of ours, learnt from a refusal',
    labelNames: SOURCE,
    registers,
  })
  const renewals = new Counter({
    name: 'task_gateway_credential_renewals_total',
    help: 'Credentials of accounts that were replaced, and attempts at it that failed',
    labelNames: ['account', 'outcome'],
    registers,
  })
  return {
    queueLength: (source, calls) => queueLength.set(labels(source), calls),
    secondCall: (source) => secondCalls.inc(labels(source)),
    retryBudget: (source, left) => retryBudget.set(labels(source), left),
    clockOffset: (source, offsetMs) => clockOffset.set(labels(source), offsetMs / 1000),
    credentialRenewal: (account, outcome) => renewals.inc({ account, outcome }),
  }
}
