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

/**
 * Refusals that the two API documents list for DescribeTasks: they speak of the caller's own parameters, so their
 * text may be shown. Any other text may speak of the account, its policies or the cloud's inside.
 */
const SHOWN_CODES: ReadonlySet<string> = new Set([
  'InvalidParameter',
  'InvalidParameter.InstanceNotFound',
  'InvalidParameterValue.DataConvertError',
  'InvalidParameterValue.InvalidParameterValueError',
  'InvalidParameterValue.ParameterValueExceedError',
  'OperationDenied',
  'OperationDenied.WrongStatus',
])

const LONGEST_SHOWN_TEXT = 300

/** Controls, line separators, and the marks that reorder or hide text. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** The upstream's text as a caller may see it; empty where it must not be seen. */
export function publicErrorText(upstreamCode: string, text: string): string {
  if (!SHOWN_CODES.has(upstreamCode)) return ''
  const clean = text.replace(UNSHOWABLE, ' ').trim()
  return Array.from(clean).slice(0, LONGEST_SHOWN_TEXT).join('')
}
