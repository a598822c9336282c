import { Counter, Histogram, type Registry } from 'prom-client'

/** What is counted of limits on callers. */
export interface LimitMetrics {
  /** An operation plans so many upstream calls. */
  operationCost(cost: number): void
  /** A request, operation, response or connection was refused because of that limit, with that code. */
  refused(limit: string, code: string): void
}

const CALLS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

export function createLimitMetrics(registry: Registry): LimitMetrics {
  const registers = [registry]
  const costs = new Histogram({
    name: 'task_gateway_operation_cost',
    help: 'Upstream calls that an operation plans, by which it is admitted',
    buckets: CALLS,
    registers,
  })
  const refusals = new Counter({
    name: 'task_gateway_refusals_total',
    help: 'Requests, operations, responses and connections that a limit refused, by its name and the code of the error',
    labelNames: ['code', 'limit'],
    registers,
  })
  return {
    operationCost: (cost) => costs.observe(cost),
    refused: (limit, code) => refusals.inc({ code, limit }),
  }
}
