import { SingleFlight } from '../lib/single-flight'
import { isSameCredential, type Credential, type CredentialProvider } from './credentials'
import type { Client } from 'undici'
import { isRecord } from '../lib/is-record'
import { timeLimit } from '../time-limit'
import { parseJson } from './json'
import { AttemptTimeout } from './transport-errors'
import { orAborted } from '../lib/or-aborted'

export interface RoleCredentialsOptions {
  /** The one that was found at the start. */
  readonly first: RoleCredential
  /** Asks the metadata service, within a time limit of its own. @throws Error */
  readonly ask: () => Promise<RoleLookup>
  readonly clock: { now(): number }
  /** Told of every other credential before it is used, so that the log can hide it. */
  readonly onChange: (credential: Credential) => void
  readonly log: { warn(facts: Readonly<Record<string, unknown>>, message: string): void }
}

const AHEAD_MS = 5 * 60_000
/** A service that is down, or that has nothing newer yet, is left alone for so long. */
const PAUSE_MS = 10_000
const URGENT_PAUSE_MS = 1000

/**
 * The machine's role. A credential is replaced five minutes before it expires while calls go on with the old one;
 * only where that has expired do they wait. Whoever asks at the same time shares one question.
 */
export function createRoleCredentials(options: RoleCredentialsOptions): CredentialProvider {
  const { clock } = options
  let current = options.first
  let askedMs = -Infinity
  let problem: unknown = null
  const renewal = new SingleFlight<void>()

  const ask = async (): Promise<void> => {
    askedMs = clock.now()
    try {
      const lookup = await options.ask()
      if (lookup.kind === 'absent') throw new Error('the machine has no role any more')
      problem = null
      if (!isSameCredential(lookup.credential, current)) options.onChange(lookup.credential)
      current = lookup.credential
    } catch (error) {
      problem = error
      options.log.warn(
        { err: error, expiresMs: current.expiresMs },
        "the role's credential could not be renewed",
      )
    }
  }

  /** One question at a time, and none too soon after the last. */
  const renew = (pauseMs: number): Promise<void> => {
    const sinceMs = clock.now() - askedMs
    if (!renewal.isRunning() && sinceMs >= 0 && sinceMs < pauseMs) return Promise.resolve()
    return renewal.share(ask)
  }

  const leftMs = (): number => current.expiresMs - clock.now()

  const unexpired = (): Credential => {
    if (leftMs() <= 0) throw new Error('the credential of the role has expired', { cause: problem })
    return current
  }

  return {
    get(signal) {
      if (leftMs() > AHEAD_MS) return current
      const renewed = renew(leftMs() > 0 ? PAUSE_MS : URGENT_PAUSE_MS)
      return leftMs() > 0 ? current : orAborted(renewed, signal).then(unexpired)
    },
    async replace(refused, signal) {
      if (isSameCredential(current, refused)) await orAborted(renew(URGENT_PAUSE_MS), signal)
      return !isSameCredential(current, refused)
    },
  }
}

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
