import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { UpstreamFailureCode } from '../failure'
import { SECONDS } from './seconds'
import { labels, SOURCE, type SourceLabels } from './source-labels'

/** What becomes of the calls to a source. */
export interface UpstreamMetrics {
  /** One attempt of a call has ended. */
  upstreamCall(source: SourceLabels, outcome: 'ok' | UpstreamFailureCode, durationMs: number): void
  /** An attempt has waited for quota, which lets out so many calls a second at present. */
  queueWait(source: SourceLabels, waitMs: number, rate: number): void
  /** A call is tried again after this. */
  upstreamRetry(source: SourceLabels, reason: UpstreamFailureCode): void
  /** A source was taken for down, is tried, or is back. */
  breaker(source: SourceLabels, state: keyof typeof BREAKER_STATES): void
}

const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 } as const

export function createUpstreamMetrics(registry: Registry): UpstreamMetrics {
  const upstream = register(registry)
  return {
    upstreamCall(source, outcome, durationMs) {
      upstream.calls.inc({ ...labels(source), outcome })
      upstream.duration.observe(labels(source), durationMs / 1000)
    },
    queueWait(source, waitMs, rate) {
      upstream.queue.observe(labels(source), waitMs / 1000)
      upstream.rate.set(labels(source), rate)
    },
    upstreamRetry: (source, reason) => upstream.retries.inc({ ...labels(source), reason }),
    breaker(source, state) {
      upstream.breaker.set(labels(source), BREAKER_STATES[state])
      upstream.breakerChanges.inc({ ...labels(source), state })
    },
  }
}

function register(registry: Registry) {
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
