/** How a call to an upstream can fail; the words are the public error codes. */
export type UpstreamFailureCode =
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_THROTTLED'
  | 'UPSTREAM_INVALID_RESPONSE'
  | 'UPSTREAM_UNAUTHORIZED'
  | 'UPSTREAM_REJECTED'

/** What is known of a failed call beside its code. */
export interface UpstreamFailureFacts {
  /** True where the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
  /** The cloud's own error code, e.g. `InvalidParameter.InstanceNotFound`. */
  readonly upstreamCode?: string
  /** The cloud's `RequestId`, where an answer had one. */
  readonly requestId?: string
  /** How long the caller should wait before the next try. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * A call that did not bring an answer. `message` is fit for a caller of the gateway (no secret, no address);
 * the upstream's own text, which may hold anything, is in `cause` and is for the log.
 */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly code: UpstreamFailureCode
  readonly retryable: boolean
  readonly upstreamCode: string | undefined
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: UpstreamFailureCode, message: string, facts: UpstreamFailureFacts) {
    super(message, { cause: facts.cause })
    this.code = code
    this.retryable = facts.retryable
    this.upstreamCode = facts.upstreamCode
    this.requestId = facts.requestId
    this.retryAfterMs = facts.retryAfterMs
  }
}
