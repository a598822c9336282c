import { createHmac, hash } from 'node:crypto'

/** TC3-HMAC-SHA256, in the words and the order of the specification. */
const ALGORITHM = 'TC3-HMAC-SHA256'

/** A header line of the canonical request: lower-case name, value exactly as sent. */
export type SignedHeader = readonly [name: string, value: string]

/** One request to sign. */
export interface SignRequest {
  readonly secretId: string
  readonly secretKey: string
  readonly service: string
  /** Unix seconds, the same as in `X-TC-Timestamp`. */
  readonly timestampSecond: number
  /** In the order in which they are signed; at least `content-type` and `host`. */
  readonly headers: readonly SignedHeader[]
  readonly body: string
}

/** Derives the key of one UTC day; `createDayKeys` is the usual one. */
export type DayKey = (secretKey: string, utcDate: string, service: string) => Buffer

/** The value of the `Authorization` header. */
export function authorization(request: SignRequest, dayKey: DayKey = signingKey): string {
  const date = utcDate(request.timestampSecond)
  const scope = `${date}/${request.service}/tc3_request`
  const names = signedHeaders(request.headers)
  return `${ALGORITHM} Credential=${request.secretId}/${scope}, SignedHeaders=${names}, Signature=${signature(request, dayKey, date)}`
}

/**
 * Lower-case hex.
 * @param date of the timestamp
 */
export function signature(
  { secretKey, service, timestampSecond, headers, body }: SignRequest,
  dayKey: DayKey = signingKey,
  date = utcDate(timestampSecond),
): string {
  const text = stringToSign(timestampSecond, service, canonicalRequest(headers, body), date)
  return createHmac('sha256', dayKey(secretKey, date, service))
    .update(text)
    .digest('hex')
}

export function canonicalRequest(headers: readonly SignedHeader[], body: string): string {
  let lines = ''
  for (const [name, value] of headers) lines += `${name}:${value}\n`
  return `POST\n/\n\n${lines}\n${signedHeaders(headers)}\n${sha256Hex(body)}`
}

export function stringToSign(
  timestampSecond: number,
  service: string,
  canonical: string,
  date = utcDate(timestampSecond),
): string {
  return `${ALGORITHM}\n${timestampSecond}\n${date}/${service}/tc3_request\n${sha256Hex(canonical)}`
}

/** The chain of keys of one secret, UTC day and service. */
export function signingKeys(
  secretKey: string,
  date: string,
  service: string,
): { kDate: Buffer; kService: Buffer; kSigning: Buffer } {
  const kDate = hmac(`TC3${secretKey}`, date)
  const kService = hmac(kDate, service)
  return { kDate, kService, kSigning: hmac(kService, 'tc3_request') }
}

/** kSigning alone. */
export function signingKey(secretKey: string, date: string, service: string): Buffer {
  return signingKeys(secretKey, date, service).kSigning
}

/** Remembers the keys of one UTC day, which all its requests share; a new day forgets them, and rotated secrets. */
export function createDayKeys(derive: DayKey = signingKey): DayKey {
  const keys = new Map<string, Buffer>()
  let today = ''
  return (secretKey, date, service) => {
    if (date !== today) keys.clear()
    today = date
    const slot = `${service}\n${secretKey}`
    const known = keys.get(slot)
    if (known !== undefined) return known
    const key = derive(secretKey, date, service)
    keys.set(slot, key)
    return key
  }
}

/** `yyyy-MM-dd` of the UTC day. */
export function utcDate(timestampSecond: number): string {
  return new Date(timestampSecond * 1000).toISOString().slice(0, 10)
}

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

function signedHeaders(headers: readonly SignedHeader[]): string {
  return headers.map(([name]) => name).join(';')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
