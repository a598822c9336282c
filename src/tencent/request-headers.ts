import type { Credential } from './credentials'
import { authorization, type DayKey } from './sign'

/** One call as the headers describe it. */
export interface SignedCall {
  readonly service: string
  readonly version: string
  readonly region: string | null
  readonly action: string
  /** As it goes into the `Host` header. */
  readonly host: string
  readonly body: string
  readonly timestampSecond: number
}

const CONTENT_TYPE = 'application/json; charset=utf-8'

/** An empty `X-TC-Region` is an error upstream, so without a region there is no such header; the token is not signed. */
export function requestHeaders(
  call: SignedCall,
  credential: Credential,
  dayKey: DayKey,
): Record<string, string> {
  const { service, version, region, action, host, body, timestampSecond } = call
  const { secretId, secretKey, token } = credential
  const headers = [
    ['content-type', CONTENT_TYPE],
    ['host', host],
  ] as const
  const request = { secretId, secretKey, service, timestampSecond, headers, body }
  return {
    ...Object.fromEntries(headers),
    Authorization: authorization(request, dayKey),
    'X-TC-Action': action,
    'X-TC-Version': version,
    'X-TC-Timestamp': String(timestampSecond),
    ...(region !== null && { 'X-TC-Region': region }),
    ...(token !== undefined && token !== '' && { 'X-TC-Token': token }),
  }
}
