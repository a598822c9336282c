import { UpstreamFailure } from '../failure'
import type { Guard } from '../upstream-call'
import { abortError } from './transport-errors'

/** Refuses a call whose request has ended: its deadline has passed, or nobody waits for it any more. */
export function deadline({
  service,
  clock,
}: {
  readonly service: string
  readonly clock: { now(): number }
}): Guard {
  return (next) => (request, context) => {
    if (context.signal.aborted) return Promise.reject(abortError(service, context.signal))
    if (context.deadlineMs !== undefined && context.deadlineMs < clock.now())
      return Promise.reject(outOfTime(service))
    return next(request, context)
  }
}

/** The signal has not aborted yet. */
function outOfTime(service: string): UpstreamFailure {
  const message = `the request's deadline passed before ${service} could be asked`
  return new UpstreamFailure('UPSTREAM_TIMEOUT', message, { retryable: true })
}
