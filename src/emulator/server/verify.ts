import { signature, utcDate, type DayKey, type SignedHeader } from '../../tencent/sign'
import { ApiError } from '../world/api-error'
import type { EmulatedCredential } from './credential'

const MAX_SKEW_SECONDS = 300

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/, ]+)\/(\d{4}-\d{2}-\d{2})\/([^/, ]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

/** The parts of the `Authorization` header. */
export interface Authorization {
  readonly secretId: string
  readonly date: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** What of a request is checked; header names are lower-case. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** @throws ApiError when the header is missing or malformed */
export function readAuthorization(header: string | undefined): Authorization {
  if (header === undefined) throw missing('Authorization')
  const [, secretId, date, service, names, hexSignature] = AUTHORIZATION.exec(header) ?? []
  if (!secretId || !date || !service || !names || !hexSignature) {
    throw new ApiError(
      'AuthFailure.InvalidAuthorization',
      'The `Authorization` header does not comply with TC3-HMAC-SHA256.',
    )
  }
  return { secretId, date, service, signedHeaders: names.split(';'), signature: hexSignature }
}

/**
 * Checks who signed a request, when, with which token, and the signature.
 * @throws ApiError with an `AuthFailure` code
 */
export function verify(
  request: SignedRequest,
  given: Authorization,
  credentials: readonly EmulatedCredential[],
  nowMs: number,
  dayKey: DayKey,
): EmulatedCredential {
  const timestampSecond = readTimestamp(request.headers['x-tc-timestamp'], nowMs)
  const credential = credentials.find((known) => known.secretId === given.secretId)
  if (credential === undefined) {
    throw new ApiError(
      'AuthFailure.SecretIdNotFound',
      'The SecretId is not found, please ensure that your SecretId is correct.',
    )
  }
  if (!isSigned(request, given, credential.secretKey, timestampSecond, dayKey)) {
    throw new ApiError(
      'AuthFailure.SignatureFailure',
      'The provided credentials could not be validated. Please check your signature is correct.',
    )
  }
  checkToken(request.headers['x-tc-token'], credential, nowMs)
  return credential
}

function readTimestamp(header: string | undefined, nowMs: number): number {
  if (header === undefined) throw missing('X-TC-Timestamp')
  if (!/^\d{1,12}$/.test(header)) {
    throw new ApiError(
      'InvalidParameterValue',
      'A value specified in `X-TC-Timestamp` is not valid, is unsupported, or cannot be used.',
    )
  }
  const second = Number(header)
  if (Math.abs(Math.floor(nowMs / 1000) - second) <= MAX_SKEW_SECONDS) return second
  throw new ApiError(
    'AuthFailure.SignatureExpire',
    'The provided credentials could not be validated because of exceeding request time limits.',
  )
}

function isSigned(
  request: SignedRequest,
  given: Authorization,
  secretKey: string,
  timestampSecond: number,
  dayKey: DayKey,
): boolean {
  if (given.date !== utcDate(timestampSecond)) return false
  if (!given.signedHeaders.includes('content-type') || !given.signedHeaders.includes('host')) return false
  return hostForms(request.headers['host'] ?? '').some((host) => {
    const { secretId, service } = given
    const headers = signedLines(request, given.signedHeaders, host)
    const { body } = request
    return (
      signature({ secretId, secretKey, service, timestampSecond, headers, body }, dayKey) === given.signature
    )
  })
}

/** The official Node SDK sends the host with its port and signs it without. */
function hostForms(host: string): readonly string[] {
  const bare = host.replace(/:\d+$/, '')
  return bare === host ? [host] : [host, bare]
}

function signedLines(
  request: SignedRequest,
  names: readonly string[],
  host: string,
): readonly SignedHeader[] {
  return names.map((name) => {
    if (name === 'host') return [name, host]
    const value = request.headers[name] ?? ''
    // The specification's second example signs the value of X-TC-Action in lower case.
    return [name, name.startsWith('x-tc-') ? value.toLowerCase() : value]
  })
}

function checkToken(token: string | undefined, credential: EmulatedCredential, nowMs: number): void {
  const expired = credential.tokenExpiresAtMs !== undefined && nowMs >= credential.tokenExpiresAtMs
  if (token === credential.token && !expired) return
  throw new ApiError('AuthFailure.TokenFailure', 'The provided token is incorrect or has expired.')
}

function missing(name: string): ApiError {
  return new ApiError('MissingParameter', `The request is missing a required parameter \`${name}\`.`)
}
