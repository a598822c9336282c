import { UpstreamFailure } from '../failure'
import type { CallContext, Span, SpanFacts } from '../call-context'
import type { SourceKey } from '../tasks/task'
import type { TaskSource } from '../tasks/source'
import type { TencentClient } from '../tencent/client'

/** Shows each question to the source as a part of the request that asks. */
export function tracedSource(source: TaskSource): TaskSource {
  const facts = factsOf(source.key)
  return {
    ...source,
    page: (plan, offset, limit, scope) =>
      scope.span === undefined
        ? source.page(plan, offset, limit, scope)
        : under(scope.span, scope, 'source page', { ...facts, offset, limit }, (within) =>
            source.page(plan, offset, limit, within),
          ),
    find: (id, scope) =>
      scope.span === undefined
        ? source.find(id, scope)
        : under(scope.span, scope, 'source find', facts, (within) => source.find(id, within)),
  }
}

/** Shows each call, with its waits and retries, as a part of what started it. Nothing of a trace goes to the cloud. */
export function tracedClient(service: string, key: SourceKey, client: TencentClient): TencentClient {
  return {
    async call(action, parameters, scope) {
      if (scope.span === undefined) return client.call(action, parameters, scope)
      const facts = { ...factsOf(key), 'rpc.service': service, 'rpc.method': action }
      const span = scope.span.child(`${service} ${action}`, facts, 'call')
      return ended(span, client.call(action, parameters, scope), ({ requestId }) => ({
        'tencentcloud.request_id': requestId,
      }))
    },
  }
}

/** Notes how many answers a request was given, and by which ids the cloud knows them, and the failures. */
export function notingClient(client: TencentClient): TencentClient {
  return {
    async call(action, parameters, scope) {
      try {
        const answer = await client.call(action, parameters, scope)
        if (scope.reads) scope.reads.count += 1
        scope.requestIds?.add(answer.requestId)
        return answer
      } catch (error) {
        if (error instanceof UpstreamFailure && error.requestId !== undefined)
          scope.requestIds?.add(error.requestId)
        throw error
      }
    },
  }
}

function under<T>(
  whole: Span,
  scope: CallContext,
  name: string,
  facts: SpanFacts,
  ask: (scope: CallContext) => Promise<T>,
): Promise<T> {
  const span = whole.child(name, facts)
  return ended(span, ask({ ...scope, span }), () => ({}))
}

async function ended<T>(span: Span, answer: Promise<T>, factsOfAnswer: (answer: T) => SpanFacts): Promise<T> {
  try {
    const value = await answer
    span.note(factsOfAnswer(value))
    span.end()
    return value
  } catch (error) {
    const failure = error instanceof UpstreamFailure ? error : null
    if (failure?.requestId !== undefined) span.note({ 'tencentcloud.request_id': failure.requestId })
    span.end(failure?.code ?? 'INTERNAL_SERVER_ERROR')
    throw error
  }
}

function factsOf({ provider, account, region }: SourceKey): SpanFacts {
  return {
    'task_gateway.provider': provider,
    'task_gateway.account': account,
    'cloud.region': region ?? '',
  }
}
