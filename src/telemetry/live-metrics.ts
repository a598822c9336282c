import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** One upstream list. */
interface Source {
  readonly provider: string
  readonly account: string
  readonly region: string | null
}

/** What is counted of live changes. */
export interface LiveMetrics {
  /** A WebSocket was opened (+1), or has closed (−1). */
  connections(change: 1 | -1): void
  closed(code: number): void
  /** An operation was begun over WebSocket (+1), or has ended (−1). */
  operations(change: 1 | -1): void
  /** A result was handed to a WebSocket. */
  result(): void
  /** So many subscriptions of that kind take changes now. */
  subscriptions(kind: string, now: number): void
  /** A source was asked what has changed; null where it told nothing. */
  round(source: Source, outcome: string, lagMs: number | null): void
  /** A change was found. */
  event(source: Source, kind: string): void
}

const SOURCE = ['provider', 'account', 'region'] as const
const LAG_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8]
/** Codes that the protocols know; a client may close with any other. */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500,
])

export function createLiveMetrics(registry: Registry): LiveMetrics {
  const sockets = socketMetrics(registry)
  const polls = pollMetrics(registry)
  return {
    connections: (change) => sockets.connections.inc(change),
    closed: (code) => sockets.closes.inc({ code: KNOWN_CODES.has(code) ? String(code) : 'other' }),
    operations: (change) => sockets.operations.inc(change),
    result: () => sockets.results.inc(),
    subscriptions: (kind, now) => polls.subscriptions.set({ kind }, now),
    round(source, outcome, lagMs) {
      polls.rounds.inc({ ...labels(source), outcome })
      if (lagMs !== null) polls.lag.observe(labels(source), lagMs / 1000)
    },
    event: (source, kind) => polls.events.inc({ ...labels(source), kind }),
  }
}

function socketMetrics(registry: Registry) {
  const registers = [registry]
  return {
    connections: new Gauge({
      name: 'task_gateway_live_connections',
      help: 'WebSockets that are open',
      registers,
    }),
    closes: new Counter({
      name: 'task_gateway_live_closes_total',
      help: 'WebSockets that were closed, by the code of the close',
      labelNames: ['code'],
      registers,
    }),
    operations: new Gauge({
      name: 'task_gateway_live_operations',
      help: 'Subscriptions and other operations under way over WebSocket',
      registers,
    }),
    results: new Counter({
      name: 'task_gateway_live_results_total',
      help: 'Results sent over WebSocket: one for each event of a subscription',
      registers,
    }),
  }
}

function pollMetrics(registry: Registry) {
  const registers = [registry]
  return {
    subscriptions: new Gauge({
      name: 'task_gateway_live_subscriptions',
      help: 'Subscriptions that take changes, by what they follow',
      labelNames: ['kind'],
      registers,
    }),
    rounds: new Counter({
      name: 'task_gateway_live_poll_rounds_total',
      help: 'Times that a source was asked what has changed',
      labelNames: [...SOURCE, 'outcome'],
      registers,
    }),
    lag: new Histogram({
      name: 'task_gateway_live_lag_seconds',
      help: 'Time from the question that showed a change to the moment at which subscribers were told',
      labelNames: SOURCE,
      buckets: LAG_SECONDS,
      registers,
    }),
    events: new Counter({
      name: 'task_gateway_live_events_total',
      help: 'Changes found',
      labelNames: [...SOURCE, 'kind'],
      registers,
    }),
  }
}

function labels({ provider, account, region }: Source) {
  return { provider, account, region: region ?? '' }
}
