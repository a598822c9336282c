import type { CallContext } from './call-context'
import type { CallCost } from './call-cost'
import type { RetryKind } from './failure'

/** One call to an upstream API. What guards add to it is optional. */
export interface UpstreamRequest {
  readonly action: string
  /** The parameters as JSON, with sorted names: equal requests have equal bodies. */
  readonly body: string
  /** How long this attempt may take, connecting and reading included; the client's own limit if absent. */
  readonly timeoutMs?: number
  /** Called when the attempt has left the queue, where it has spent so much time. */
  readonly onSent?: (queuedMs: number) => void
  /** Called once if the attempt is still unanswered after a part of its time. */
  readonly onSlow?: () => void
  /** The place of this attempt in the rate limiter's log. */
  readonly slot?: Slot
  /** How long the attempt was queued, in milliseconds. */
  readonly queuedMs?: number
  readonly signature?: Signature
}

/** A call in the log of a rate limiter; must learn when the call is written and when it has ended. */
export interface Slot {
  /** The call is written to a connection. */
  written(nowMs: number): void
  /** The call has ended, with or without an answer, or will never be sent. */
  ended(nowMs: number): void
}

/** What a signed request carries. */
export interface Signature {
  readonly headers: Readonly<Record<string, string>>
  /** Removes the credential from a text: an upstream may quote what it was sent. */
  hide(text: string): string
  /**
   * Corrects what made the cloud refuse the signature.
   * @param date the `Date` header of the answer
   * @returns false where nothing has changed, so that a retry would fail alike
   */
  remedy(kind: RetryKind, date: string, signal: AbortSignal): boolean | Promise<boolean>
}

/** The inside of the envelope. One object may serve many callers. */
export interface UpstreamResponse {
  /** The object under `Response`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Empty where the answer had none. */
  readonly requestId: string
  /** Unix milliseconds at which the request was sent: nothing newer is in the response for certain. */
  readonly askedAtMs: number
  /** The JSON of the answer. */
  readonly body: Buffer
  /** True for a copy from a cache: its oddities have been reported before. */
  readonly isKept?: boolean
  /** What its reader has parsed from it, once for all callers. */
  parsed?: object
}

/** A response, and what it has cost this caller. */
export interface UpstreamAnswer {
  readonly response: UpstreamResponse
  readonly cost: CallCost
}

/** One signed call to one product in one account and region. Rejects with UpstreamFailure. */
export type Call = (request: UpstreamRequest, context: CallContext) => Promise<UpstreamAnswer>

/** A layer around a call, as in cockatiel's `wrap` and hono's `compose`. */
export type Guard = (next: Call) => Call
