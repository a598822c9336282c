import type { RetryKind, UpstreamFailureCode } from '../failure'

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

function meaning(key: string): CodeMeaning | undefined {
  return Object.hasOwn(MEANINGS, key) ? MEANINGS[key] : undefined
}
