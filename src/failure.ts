import { NO_COST, type CallCost } from './call-cost'

/** How a call to an upstream can fail; the words are the public error codes. */
export type UpstreamFailureCode =
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_THROTTLED'
  | 'UPSTREAM_INVALID_RESPONSE'
  | 'UPSTREAM_UNAUTHORIZED'
  | 'UPSTREAM_REJECTED'

/** Under which condition the same call may send the request again, within its attempts and its deadline. */
export type RetryKind =
  /** Not at all. */
  | 'never'
  /** After a random pause. */
  | 'backoff'
  /** When the cloud counts a new second. */
  | 'next-window'
  /** Once, signed by the clock of the answer's `Date`. */
  | 'new-clock'
  /** Once, signed with another credential. */
  | 'new-credential'

/** What is known of a failed call beside its code. */
export interface UpstreamFailureFacts {
  /** True where the caller may repeat the request later without a change. */
  readonly retryable: boolean
  /** `never` if absent. */
  readonly retry?: RetryKind
  /** The cloud's own error code, e.g. `InvalidParameter.InstanceNotFound`. */
  readonly upstreamCode?: string | undefined
  /** True where the answer was larger than is read. */
  readonly isTooLarge?: boolean
  /** True for a code of the cloud that is in no table of ours. */
  readonly isUnknown?: boolean
  /** True where the request names what does not exist. */
  readonly isMissing?: boolean
  /** The cloud's `RequestId`, where an answer had one. */
  readonly requestId?: string | undefined
  /** How long the caller should wait before the next try. */
  readonly retryAfterMs?: number | undefined
  /** How long the attempt was under way, in milliseconds; 0 if absent. */
  readonly elapsedMs?: number
  readonly cost?: CallCost
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
  readonly retry: RetryKind
  readonly upstreamCode: string | undefined
  readonly isTooLarge: boolean
  readonly isUnknown: boolean
  readonly isMissing: boolean
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
  readonly elapsedMs: number
  /** What the call has cost although it failed. */
  readonly cost: CallCost
  readonly #facts: UpstreamFailureFacts

  constructor(code: UpstreamFailureCode, message: string, facts: UpstreamFailureFacts) {
    super(message, { cause: facts.cause })
    this.#facts = facts
    this.code = code
    this.retryable = facts.retryable
    this.retry = facts.retry ?? 'never'
    this.upstreamCode = facts.upstreamCode
    this.isTooLarge = facts.isTooLarge ?? false
    this.isUnknown = facts.isUnknown ?? false
    this.isMissing = facts.isMissing ?? false
    this.requestId = facts.requestId
    this.retryAfterMs = facts.retryAfterMs
    this.elapsedMs = facts.elapsedMs ?? 0
    this.cost = facts.cost ?? NO_COST
  }

  /** The same failure with other facts. */
  with(facts: Partial<UpstreamFailureFacts>): UpstreamFailure {
    const copy = new UpstreamFailure(this.code, this.message, { ...this.#facts, ...facts })
    if (this.stack !== undefined) copy.stack = this.stack
    return copy
  }
}
