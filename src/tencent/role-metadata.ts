import type { Client } from 'undici'
import { isRecord } from '../lib/is-record'
import { timeLimit } from '../time-limit'
import type { Credential } from './credentials'
import { parseJson } from './json'
import { AttemptTimeout } from './transport-errors'

/** A credential of the machine's role. */
export interface RoleCredential extends Credential {
  /** Unix milliseconds after which the cloud refuses it. */
  readonly expiresMs: number
}

/** What the metadata service says. */
export type RoleLookup =
  | { readonly kind: 'found'; readonly credential: RoleCredential }
  /** This machine has no role. */
  | { readonly kind: 'absent' }

const PATH = '/latest/meta-data/cam/security-credentials/'
const ROLE = /^[\w+=,.@-]{1,128}$/
const HEADER_SAFE = /^[\x21-\x7e]+$/
const LONGEST_ANSWER_BYTES = 64 * 1024

/**
 * Asks the metadata service, which only the machine itself reaches, for a credential of the machine's role.
 * @param endpoint an origin
 * @throws Error that names what went wrong, and holds no secret
 */
export async function askRole(endpoint: string, timeoutMs: number): Promise<RoleLookup> {
  const undici = await import('undici')
  const client = new undici.Client(endpoint, { maxResponseSize: LONGEST_ANSWER_BYTES })
  const { signal, end } = timeLimit(
    new AbortController().signal,
    timeoutMs,
    () => new AttemptTimeout(timeoutMs),
  )
  try {
    return await Promise.race([lookUp(client, signal), rejectionOf(signal)])
  } finally {
    end()
    // Not awaited: it may be connecting still.
    void client.destroy()
  }
}

async function lookUp(client: Client, signal: AbortSignal): Promise<RoleLookup> {
  const role = (await get(client, PATH, signal))?.trim() ?? ''
  if (role === '') return { kind: 'absent' }
  if (!ROLE.test(role)) throw new Error('the metadata service answered something that is no role')
  const text = await get(client, `${PATH}${role}`, signal)
  if (text === null) return { kind: 'absent' }
  return { kind: 'found', credential: credentialIn(text) }
}

/** The client itself rejects only when it has got a connection. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** Null where there is no such thing. */
async function get(client: Client, path: string, signal: AbortSignal): Promise<string | null> {
  const { statusCode, body } = await client.request({ method: 'GET', path, signal })
  const text = await body.text()
  if (statusCode === 404) return null
  if (statusCode !== 200) throw new Error(`the metadata service answered with HTTP ${statusCode}`)
  return text
}

function credentialIn(text: string): RoleCredential {
  const fields = fieldsOf(text)
  const [secretId, secretKey, token] = ['TmpSecretId', 'TmpSecretKey', 'Token'].map((name) => fields[name])
  const expiresSecond = fields['ExpiredTime']
  if (!isSecret(secretId) || !isSecret(secretKey) || !isSecret(token) || typeof expiresSecond !== 'number')
    throw new Error('the metadata service answered a credential that lacks a part')
  return { secretId, secretKey, token, expiresMs: expiresSecond * 1000 }
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields = parseJson(text)
    return isRecord(fields) ? fields : {}
  } catch {
    // The parser's own error quotes the text, which may hold the key.
    throw new Error('the metadata service answered with something that is not JSON')
  }
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && HEADER_SAFE.test(value)
}
