import { Counter, Gauge, type Registry } from 'prom-client'

/** What is counted of WebSockets. */
export interface LiveMetrics {
  connections(change: 1 | -1): void
  operations(change: 1 | -1): void
  result(): void
  closed(code: number): void
}

/** Codes that the protocols know; a client may close with any other. */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500,
])

export function createLiveMetrics(registry: Registry): LiveMetrics {
  const registers = [registry]
  const connections = new Gauge({
    name: 'task_gateway_live_connections',
    help: 'WebSockets that are open',
    registers,
  })
  const operations = new Gauge({
    name: 'task_gateway_live_operations',
    help: 'Subscriptions, and other operations, under way over WebSocket',
    registers,
  })
  const results = new Counter({
    name: 'task_gateway_live_results_total',
    help: 'Results sent over WebSocket: one for each event of a subscription',
    registers,
  })
  const closes = new Counter({
    name: 'task_gateway_live_closes_total',
    help: 'WebSockets that were closed, by the code of the close',
    labelNames: ['code'],
    registers,
  })
  return {
    connections: (change) => connections.inc(change),
    operations: (change) => operations.inc(change),
    result: () => results.inc(),
    closed: (code) => closes.inc({ code: KNOWN_CODES.has(code) ? String(code) : 'other' }),
  }
}
