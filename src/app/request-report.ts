import { upstreamCost } from '../call-cost'
import type { ReportRequest } from '../graphql/measure'
import type { Log } from '../telemetry/log'
import type { Metrics } from '../telemetry/metrics'

/** Counts a request that was answered, writes its line into the log, and ends its trace. */
export function createRequestReport(metrics: Metrics, log: Log): ReportRequest {
  // Nothing in the line can stand under a secret's key, and to look for one in each would cost a sixth of a request.
  const lines = log.child({}, { redact: [] })
  return (request, context) => {
    const { transport, kind, name, outcome, codes, durationMs, events } = request
    const { cost, scope } = context
    const { span } = scope
    // How long a subscription lasts says nothing of how soon it was answered.
    metrics.graphqlRequest(kind, outcome, events === null ? durationMs : null)
    metrics.answersReused(cost.cacheHits, cost.shared)
    const facts = {
      requestId: context.requestId,
      transport,
      caller: context.caller.name,
      operation: kind,
      operationName: name,
      outcome,
      codes,
      durationMs,
      ...(events !== null && { events }),
      cost: context.note.cost,
      ...upstreamCost(cost),
    }
    if (lines.isLevelEnabled('info'))
      lines.info({ ...facts, upstreamRequestIds: cost.requestIds }, 'answered')
    span?.rename(name === null ? kind : `${kind} ${name}`)
    span?.note({
      'graphql.operation.type': kind,
      'graphql.operation.name': name ?? '',
      'task_gateway.caller': context.caller.name,
      'task_gateway.request_id': context.requestId,
      'task_gateway.transport': transport,
      'task_gateway.upstream_calls': cost.calls,
      ...(events !== null && { 'task_gateway.events': events }),
    })
    span?.end(outcome === 'error' ? (codes[0] ?? 'INTERNAL_SERVER_ERROR') : undefined)
  }
}
