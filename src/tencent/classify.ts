import type { UpstreamFailure, UpstreamFailureCode } from '../failure'

/** Under which condition a failed call may be sent again; all of them within the attempts and the deadline. */
export type RetryKind =
  /** Not at all. */
  | 'never'
  /** After a random pause. */
  | 'backoff'
  /** When the cloud counts a new second. */
  | 'next-window'
  /** Once, signed by the clock of the answer's `Date`. */
  | 'new-clock'
  /** Once, if another credential can be had. */
  | 'new-credential'

/** What an error code of the cloud means here. */
export interface CodeMeaning {
  readonly code: UpstreamFailureCode
  readonly retry: RetryKind
}

/** A code is looked up whole, then by the part before its first dot; what is in neither way here is a refusal. */
const MEANINGS: Readonly<Record<string, CodeMeaning>> = {
  CdbError: { code: 'UPSTREAM_UNAVAILABLE', retry: 'backoff' },
  InternalError: { code: 'UPSTREAM_UNAVAILABLE', retry: 'backoff' },
  FailedOperation: { code: 'UPSTREAM_UNAVAILABLE', retry: 'never' },
  'FailedOperation.DatabaseAccessError': { code: 'UPSTREAM_UNAVAILABLE', retry: 'backoff' },
  'FailedOperation.FailedOperationError': { code: 'UPSTREAM_UNAVAILABLE', retry: 'backoff' },
  RequestLimitExceeded: { code: 'UPSTREAM_THROTTLED', retry: 'next-window' },
  AuthFailure: { code: 'UPSTREAM_UNAUTHORIZED', retry: 'never' },
  'AuthFailure.SignatureExpire': { code: 'UPSTREAM_UNAUTHORIZED', retry: 'new-clock' },
  'AuthFailure.TokenFailure': { code: 'UPSTREAM_UNAUTHORIZED', retry: 'new-credential' },
  UnauthorizedOperation: { code: 'UPSTREAM_UNAUTHORIZED', retry: 'never' },
  'OperationDenied.UserHasNoStrategy': { code: 'UPSTREAM_UNAUTHORIZED', retry: 'never' },
}

const REFUSAL: CodeMeaning = { code: 'UPSTREAM_REJECTED', retry: 'never' }

export function meaningOf(upstreamCode: string): CodeMeaning {
  const [family = ''] = upstreamCode.split('.', 1)
  return meaning(upstreamCode) ?? meaning(family) ?? REFUSAL
}

/** Without a code of the cloud it is the exchange that failed: reset, refused, late. */
export function retryKindOf(failure: UpstreamFailure): RetryKind {
  if (failure.upstreamCode !== undefined) return meaningOf(failure.upstreamCode).retry
  return failure.retryable ? 'backoff' : 'never'
}

function meaning(key: string): CodeMeaning | undefined {
  return Object.hasOwn(MEANINGS, key) ? MEANINGS[key] : undefined
}
