import type * as jose from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { type Credentials, type Identify, AuthenticationUnavailable, Unauthenticated } from './authenticate'
import { bearerToken } from './bearer'
import { LIMIT_NAMES, parseLimits, UNLIMITED, type LimitFields, type Limits, toCaller } from './limits'

/** The library, which can only be imported later than this file. */
export type Jose = typeof jose

export interface JwtOptions {
  readonly jose: Jose
  readonly keyOf: JWTVerifyGetKey
  readonly issuer: string
  readonly audience: string
  readonly now: () => number
}

/** Signatures that who can check them cannot make. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
]
const CLOCK_TOLERANCE_SECONDS = 5
const LIMITS_CLAIM = 'task_gateway'

/** `TASK_GATEWAY_AUTH=jwt`: a signed token in `authorization: Bearer …`, for us, from the issuer, and for a time. */
export function identifyByToken(options: JwtOptions): Identify {
  return async (credentials) => {
    const payload = await verify(presentedToken(credentials), options)
    const { sub, exp = 0, scope } = payload
    const scopes = new Set(typeof scope === 'string' ? scope.split(' ') : [])
    return {
      caller: toCaller(sub ?? 'no subject', scopes, limitsOf(payload)),
      expiresMs: Math.min(exp * 1000, Number.MAX_SAFE_INTEGER),
    }
  }
}

function presentedToken({ authorization }: Credentials): string {
  if (authorization === undefined) throw new Unauthenticated('there is no token')
  const token = bearerToken(authorization)
  if (token === null) throw new Unauthenticated('the credential has not the form of one token')
  return token
}

async function verify(token: string, options: JwtOptions): Promise<JWTPayload> {
  const { jose, keyOf, issuer, audience, now } = options
  const verified = await jose
    .jwtVerify(token, keyOf, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
      requiredClaims: ['exp'],
    })
    .catch((error: unknown) => {
      throw error instanceof Unauthenticated || error instanceof AuthenticationUnavailable
        ? error
        : refusal(error)
    })
  const { iat = 0, sub } = verified.payload
  if (iat > now() / 1000 + CLOCK_TOLERANCE_SECONDS)
    throw new Unauthenticated('the token is from the future: its claim iat')
  if (sub !== undefined && typeof sub !== 'string') throw new Unauthenticated('the claim sub is no text')
  return verified.payload
}

/** By the code of the error alone, as its text may quote the token. */
function refusal(error: unknown): Unauthenticated {
  const { code, claim }: { code?: unknown; claim?: unknown } =
    typeof error === 'object' && error !== null ? error : {}
  return new Unauthenticated('the token does not hold', { code, claim })
}

/** A claim that cannot be understood must not be taken for none. */
function limitsOf(payload: JWTPayload): Limits {
  const claim = payload[LIMITS_CLAIM]
  if (claim === undefined) return UNLIMITED
  const refuse = (): never => {
    throw new Unauthenticated(`the claim ${LIMITS_CLAIM} cannot be understood`)
  }
  return isLimitFields(claim) ? parseLimits(claim, refuse) : refuse()
}

function isLimitFields(claim: unknown): claim is LimitFields {
  const isObject = typeof claim === 'object' && claim !== null && !Array.isArray(claim)
  return isObject && Object.keys(claim).every((name) => LIMIT_NAMES.some((known) => known === name))
}
