import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const AUDIENCE = 'https://tasks.example'
export const ISSUER = 'https://issuer.example'

interface IssuerKey {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

/** Somebody who signs tokens, and serves the keys to check them with on loopback. */
export interface Issuer {
  readonly env: Readonly<Record<string, string>>
  /** How often the keys were fetched. */
  fetches: number
  /** The keys that are served. */
  published: readonly string[]
  /** Answers in the place of the keys; null: the keys. */
  answer: ((response: ServerResponse) => void) | null
  addKey(kid: string, alg?: string): Promise<IssuerKey>
  jwk(kid: string): JWK
  /** Good for an hour at the time given, with the scope to read, but for what is overridden; undefined leaves out. */
  token(options?: TokenOptions): Promise<string>
  close(): Promise<void>
}

export interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Signs, whatever the header says. */
  readonly kid?: string
}

export async function startIssuer(now: () => number = Date.now): Promise<Issuer> {
  const keys = new Map<string, IssuerKey>()
  const server = createServer((_request, response) => {
    issuer.fetches += 1
    if (issuer.answer !== null) issuer.answer(response)
    else response.end(JSON.stringify({ keys: issuer.published.map((kid) => issuer.jwk(kid)) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const issuer: Issuer = {
    env: {
      TASK_GATEWAY_AUTH: 'jwt',
      TASK_GATEWAY_JWKS_URL: `http://127.0.0.1:${String(port)}/keys?version=1`,
      TASK_GATEWAY_JWT_ISSUER: ISSUER,
      TASK_GATEWAY_JWT_AUDIENCE: AUDIENCE,
    },
    fetches: 0,
    published: [],
    answer: null,
    async addKey(kid, alg = 'ES256') {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      const key = { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } }
      keys.set(kid, key)
      issuer.published = [...issuer.published, kid]
      return key
    },
    jwk: (kid) => keyOf(kid).jwk,
    token({ claims = {}, header = {}, kid = 'first' } = {}) {
      const { alg, privateKey } = keyOf(kid)
      const second = Math.floor(now() / 1000)
      const all = { iss: ISSUER, aud: AUDIENCE, sub: 'ci', scope: 'openid tasks:read', iat: second }
      return new SignJWT({ ...all, exp: second + 3600, ...claims })
        .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
        .sign(privateKey)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
  await issuer.addKey('first')
  return issuer

  function keyOf(kid: string): IssuerKey {
    const key = keys.get(kid)
    if (key === undefined) throw new Error(`the issuer has no key ${kid}`)
    return key
  }
}
