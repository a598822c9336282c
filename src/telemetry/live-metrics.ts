import type { Instruments } from './instruments'
import { labels, SOURCE, type SourceLabels } from './request-metrics'

const LAG_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8]
/** Codes that the protocols know; a client may close with any other. */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500,
])

/** What is counted of live changes and WebSockets. */
export function createLiveMetrics({ counter, gauge, histogram }: Instruments) {
  const connections = gauge('task_gateway_live_connections', 'WebSockets that are open')
  const closes = counter(
    'task_gateway_live_closes_total',
    'WebSockets that were closed, by the code of the close',
    ['code'],
  )
  const operations = gauge(
    'task_gateway_live_operations',
    'Subscriptions and other operations under way over WebSocket',
  )
  const results = counter(
    'task_gateway_live_results_total',
    'Results sent over WebSocket: one for each event of a subscription',
  )
  const subscriptions = gauge(
    'task_gateway_live_subscriptions',
    'Subscriptions that take changes, by what they follow',
    ['kind'],
  )
  const rounds = counter(
    'task_gateway_live_poll_rounds_total',
    'Times that a source was asked what has changed',
    [...SOURCE, 'outcome'],
  )
  const lag = histogram(
    'task_gateway_live_lag_seconds',
    'Time from the call that showed a change to its delivery to subscribers',
    LAG_SECONDS,
    SOURCE,
  )
  const events = counter('task_gateway_live_events_total', 'Changes found', [...SOURCE, 'kind'])
  return {
    connections: (change: 1 | -1) => connections.inc(change),
    closed: (code: number) => closes.inc({ code: KNOWN_CODES.has(code) ? String(code) : 'other' }),
    operations: (change: 1 | -1) => operations.inc(change),
    result: () => results.inc(),
    subscriptions: (kind: string, now: number) => subscriptions.set({ kind }, now),
    /** A source was polled; the lag is null if nothing had changed. */
    round(source: SourceLabels, outcome: string, lagMs: number | null): void {
      rounds.inc({ ...labels(source), outcome })
      if (lagMs !== null) lag.observe(labels(source), lagMs / 1000)
    },
    event: (source: SourceLabels, kind: string) => events.inc({ ...labels(source), kind }),
  }
}
