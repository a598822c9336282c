import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { SingleFlight } from '../lib/single-flight'
import { AuthenticationUnavailable, Unauthenticated } from './authenticate'
import type { Jose } from './jwt'
import { timeLimit } from '../time-limit'

interface JwksOptions {
  readonly jose: Jose
  readonly url: string
  readonly now: () => number
  /** Told why the keys could not be fetched. */
  readonly failed: (error: unknown) => void
}

/** Keys are fetched again when they are older, so that one that was withdrawn does not live on. */
const MAX_AGE_MS = 10 * 60_000
/** A key of an unknown name is looked for so often at most, whoever makes such names up. */
const COOLDOWN_MS = 30_000
const COOLDOWN_AFTER_FAILURE_MS = 5000
const TIMEOUT_MS = 3000
const MAX_BYTES = 2 ** 18

/**
 * The issuer's keys by their names. They are fetched when first needed, when old, and for a name that is unknown;
 * while they cannot be fetched, those that were live on.
 */
export function createJwks({ jose, url, now, failed }: JwksOptions): JWTVerifyGetKey {
  let keys: ReturnType<Jose['createLocalJWKSet']> | null = null
  let fetchedMs = -Infinity
  let coolUntilMs = -Infinity
  const fetching = new SingleFlight<void>()

  const fetchKeys = async (): Promise<void> => {
    try {
      const text = await fetchText(url, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES })
      // Checks what it is given.
      keys = jose.createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
      fetchedMs = now()
      coolUntilMs = fetchedMs + COOLDOWN_MS
    } catch (error) {
      coolUntilMs = now() + COOLDOWN_AFTER_FAILURE_MS
      failed(error)
    }
  }

  /** One fetch at a time, for everybody; none while it is too soon. */
  const refresh = async (): Promise<void> => {
    if (!fetching.isRunning() && now() < coolUntilMs) return
    await fetching.share(fetchKeys)
  }

  return async (header, token) => {
    if (typeof header.kid !== 'string') throw new Unauthenticated('the token names no key')
    if (now() - fetchedMs >= MAX_AGE_MS) await refresh()
    const known = await find(header, token)
    if (known !== null) return known
    await refresh()
    const found = await find(header, token)
    if (found !== null) return found
    if (keys === null) throw new AuthenticationUnavailable(Math.max(1, Math.ceil(coolUntilMs - now())))
    throw new Unauthenticated('the issuer has no such key')
  }

  function find(...token: Parameters<JWTVerifyGetKey>) {
    if (keys === null) return null
    return keys(...token).catch((error: unknown) => {
      if (error instanceof jose.errors.JWKSNoMatchingKey) return null
      throw error
    })
  }
}

interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** The body of a 200, whole within the time and the size; redirects are not followed. @throws Error */
async function fetchText(url: string, { timeoutMs, maxBytes }: FetchLimits): Promise<string> {
  const done = new AbortController()
  const tooLate = (): Error => new Error(`no answer within ${timeoutMs} ms`)
  const { signal, end } = timeLimit(done.signal, timeoutMs, tooLate)
  try {
    const answer = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
    if (answer.status !== 200) throw new Error(`answered with the status ${answer.status}`)
    return await readBody(answer, maxBytes)
  } finally {
    // Cancels a body that was not read to its end.
    done.abort()
    end()
  }
}

async function readBody({ body }: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const parts: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? []
  for await (const chunk of parts) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`answered with more than ${maxBytes} bytes`)
  }
  return Buffer.concat(chunks).toString()
}
