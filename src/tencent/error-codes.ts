import type { RetryKind, UpstreamFailureCode } from '../failure'

/** What an error code of the cloud means here. */
export interface CodeMeaning {
  readonly code: UpstreamFailureCode
  readonly retry: RetryKind
  /** True where the request names an instance or a request that does not exist. */
  readonly isMissing?: boolean
  /** False for a code that the table lacks. */
  readonly isKnown?: boolean
}

const TRANSIENT: CodeMeaning = { code: 'UPSTREAM_UNAVAILABLE', retry: 'backoff' }
const FAILED: CodeMeaning = { code: 'UPSTREAM_UNAVAILABLE', retry: 'never' }
const THROTTLED: CodeMeaning = { code: 'UPSTREAM_THROTTLED', retry: 'next-window' }
const UNAUTHORIZED: CodeMeaning = { code: 'UPSTREAM_UNAUTHORIZED', retry: 'never' }
const REJECTED: CodeMeaning = { code: 'UPSTREAM_REJECTED', retry: 'never' }
const MISSING: CodeMeaning = { ...REJECTED, isMissing: true }
const UNKNOWN: CodeMeaning = { ...REJECTED, isKnown: false }

type Codes = Readonly<Record<string, CodeMeaning>>

/** "Common error codes" of the API documents, and codes that both products have in the official SDKs. */
const COMMON: Codes = {
  ActionOffline: REJECTED,
  AuthFailure: UNAUTHORIZED,
  'AuthFailure.SignatureExpire': { ...UNAUTHORIZED, retry: 'new-clock' },
  'AuthFailure.TokenFailure': { ...UNAUTHORIZED, retry: 'new-credential' },
  CdbError: TRANSIENT,
  DryRunOperation: REJECTED,
  FailedOperation: FAILED,
  'FailedOperation.DatabaseAccessError': TRANSIENT,
  'FailedOperation.FailedOperationError': TRANSIENT,
  'FailedOperation.OperateFrequencyLimitedError': THROTTLED,
  'FailedOperation.ServiceAccessError': TRANSIENT,
  InternalError: TRANSIENT,
  InternalServerError: TRANSIENT,
  InvalidAction: REJECTED,
  InvalidParameter: REJECTED,
  InvalidRequest: REJECTED,
  IpInBlacklist: UNAUTHORIZED,
  IpNotInWhitelist: UNAUTHORIZED,
  LimitExceeded: REJECTED,
  'LimitExceeded.RateLimitExceeded': THROTTLED,
  MissingParameter: REJECTED,
  NoSuchProduct: REJECTED,
  NoSuchVersion: REJECTED,
  OperateFrequencyLimitedError: THROTTLED,
  OperationDenied: REJECTED,
  'OperationDenied.UserHasNoStrategy': UNAUTHORIZED,
  RegionNotSupported: REJECTED,
  RequestLimitExceeded: THROTTLED,
  RequestSizeLimitExceeded: REJECTED,
  ResourceBusy: TRANSIENT,
  ResourceInUse: REJECTED,
  ResourceInsufficient: REJECTED,
  ResourceNotFound: REJECTED,
  ResourceUnavailable: TRANSIENT,
  ResponseSizeLimitExceeded: REJECTED,
  ServiceUnavailable: TRANSIENT,
  UnauthorizedOperation: UNAUTHORIZED,
  UnknownParameter: REJECTED,
  UnsupportedOperation: REJECTED,
  UnsupportedProtocol: REJECTED,
  UnsupportedRegion: REJECTED,
}

/** By the service name that is signed. */
const OF_SERVICE: Readonly<Record<string, Codes>> = {
  /** The document of DescribeTasks 2017-03-20, and CdbErrorCode of the SDKs. */
  cdb: {
    'InvalidParameter.InstanceNotFound': MISSING,
    'InvalidParameter.InvalidAsyncRequestId': MISSING,
  },
  /** The document of DescribeTasks 2017-03-12, and PostgresErrorCode of the SDKs. */
  postgres: {
    DBError: TRANSIENT,
    InstanceNotExist: MISSING,
    'InvalidParameterValue.InstanceNotExist': MISSING,
    'ResourceNotFound.InstanceNotFoundError': MISSING,
    SystemError: REJECTED,
    UnknownError: REJECTED,
  },
}

/** The longest entry with which the code begins, of the service or of all; a code without one is a refusal. */
export function meaningOf(service: string, upstreamCode: string): CodeMeaning {
  const own = OF_SERVICE[service] ?? {}
  const entries = [...Object.entries(COMMON), ...Object.entries(own)].filter(([prefix]) =>
    upstreamCode.startsWith(prefix),
  )
  return entries.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? UNKNOWN
}

/** What an HTTP status means that comes from the front end, before any API; null where the body decides. */
export function meaningOfStatus(status: number): CodeMeaning | null {
  if (status === 429) return THROTTLED
  return status === 408 || status >= 500 ? TRANSIENT : null
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
