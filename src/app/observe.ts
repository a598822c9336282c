import { upstreamCost } from '../call-cost'
import type { ReportOperation } from '../graphql/pipeline/finish'
import type { Log } from '../telemetry/log'
import type { Metrics } from '../telemetry/metrics'
import { UpstreamFailure } from '../failure'
import { sourceFacts } from '../tasks/observed-source'
import type { SourceKey } from '../tasks/task'
import type { Guard } from '../upstream-call'

/** Counts an operation that has ended, writes its line into the log, and ends its trace. */
export function createAccessLog(metrics: Metrics, log: Log): ReportOperation {
  // No field of the line can hold a secret, and looking for one would cost a sixth of a request.
  const lines = log.child({}, { redact: [] })
  return (report, context) => {
    const { kind, name, outcome, codes, durationMs, events } = report
    const { requestId, transport, caller, cost, state } = context
    const { span } = context.scope
    // How long a subscription lasts says nothing of how soon it was answered.
    metrics.graphqlRequest(kind, outcome, events === null ? durationMs : null)
    metrics.answersReused(cost.cacheHits, cost.shared)
    if (lines.isLevelEnabled('info')) {
      const facts = {
        requestId,
        transport,
        caller: caller.name,
        operation: kind,
        operationName: name,
        outcome,
        codes,
        durationMs,
        ...(events !== null && { events }),
        cost: state.plannedCalls,
        ...upstreamCost(cost),
        upstreamRequestIds: cost.requestIds,
      }
      lines.info(facts, 'answered')
    }
    if (span === undefined) return
    span.rename(name === null ? kind : `${kind} ${name}`)
    span.note({
      'graphql.operation.type': kind,
      'graphql.operation.name': name ?? '',
      'task_gateway.caller': caller.name,
      'task_gateway.request_id': requestId,
      'task_gateway.transport': transport,
      'task_gateway.upstream_calls': cost.calls,
      ...(events !== null && { 'task_gateway.events': events }),
    })
    span.end(outcome === 'error' ? (codes[0] ?? 'INTERNAL_SERVER_ERROR') : undefined)
  }
}

/** Shows each call that was sent for a traced request, with its waits and retries. Nothing of a trace goes to the cloud. */
export function trace(service: string, key: SourceKey, now: () => number): Guard {
  const facts = sourceFacts(key)
  return (next) => (request, context) => {
    const { span: whole } = context
    if (whole === undefined) return next(request, context)
    const startedMs = now()
    const record = (requestId: string | undefined, problem?: string): void => {
      const { action } = request
      const call = { ...facts, 'rpc.service': service, 'rpc.method': action }
      const span = whole.child(`${service} ${action}`, call, { isCall: true, startedMs })
      if (requestId !== undefined) span.note({ 'tencentcloud.request_id': requestId })
      span.end(problem)
    }
    return next(request, context).then(
      (answer) => {
        if (answer.cost.calls > 0) record(answer.response.requestId)
        return answer
      },
      (error: unknown) => {
        if (!(error instanceof UpstreamFailure)) record(undefined, 'INTERNAL_SERVER_ERROR')
        else if (error.cost.shared === 0) record(error.requestId, error.code)
        throw error
      },
    )
  }
}
