import { UpstreamFailure } from '../failure'
import { sourceFacts } from '../tasks/observed-source'
import type { SourceKey } from '../tasks/task'
import type { Guard } from '../upstream-call'

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
