import { UpstreamFailure } from '../failure'
import { errorText } from '../lib/error-text'

/** The reason with which an attempt ends that took too long. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

const TOO_LARGE = 'UND_ERR_RES_EXCEEDED_MAX_SIZE'

/** Names the failure of an attempt that brought no answer. */
export function transportError(
  service: string,
  error: unknown,
  signal: AbortSignal,
  timeoutMs: number,
): UpstreamFailure {
  if (signal.aborted) return abortError(service, signal)
  if (error instanceof AttemptTimeout) {
    const message = `${service} gave no answer within ${timeoutMs} ms`
    return new UpstreamFailure('UPSTREAM_TIMEOUT', message, {
      retryable: true,
      retry: 'backoff',
      cause: error,
    })
  }
  const unreadable = unreadableAnswer(errorText(error, 'name'), errorText(error, 'code'))
  if (unreadable !== null) {
    const message = `${service} gave an answer that cannot be read: ${unreadable}`
    const isTooLarge = errorText(error, 'code') === TOO_LARGE
    return new UpstreamFailure('UPSTREAM_INVALID_RESPONSE', message, {
      retryable: false,
      isTooLarge,
      cause: error,
    })
  }
  const message = `the connection to ${service} could not be made, or broke`
  return new UpstreamFailure('UPSTREAM_UNAVAILABLE', message, {
    retryable: true,
    retry: 'backoff',
    cause: error,
  })
}

/**
 * The request as a whole has ended: its deadline has passed, or nobody waits for the answer any more.
 * @param queuedMs how much longer the call would have been queued; null where it was not queued
 */
export function abortError(
  service: string,
  signal: AbortSignal,
  queuedMs: number | null = null,
): UpstreamFailure {
  const reason: unknown = signal.reason
  const facts = { retryable: true, cause: reason }
  if (errorText(reason, 'name') !== 'TimeoutError') {
    const message = `the call to ${service} was given up before an answer came`
    return new UpstreamFailure('UPSTREAM_TIMEOUT', message, facts)
  }
  if (queuedMs === null) {
    const message = `${service} gave no answer within the request's deadline`
    return new UpstreamFailure('UPSTREAM_TIMEOUT', message, facts)
  }
  const message = `the request's deadline passed while its call waited in the queue for ${service}`
  return new UpstreamFailure('UPSTREAM_THROTTLED', message, { ...facts, retryAfterMs: Math.max(1, queuedMs) })
}

function unreadableAnswer(name: string, code: string): string | null {
  if (code === TOO_LARGE) return 'it is larger than the limit'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'its headers are larger than the limit'
  // An answer that ends too early is a broken connection, not a broken server.
  if (name === 'HTTPParserError' && code !== 'HPE_INVALID_EOF_STATE') return 'it is not HTTP'
  return null
}
