import { ANYONE, type Caller } from '../tasks/caller'
import { createHash, timingSafeEqual } from 'node:crypto'

/** What a request, a connection_init or a router brings to say who asks. */
export interface Credentials {
  /** The `authorization` header, or `authorization` of connection_init. */
  readonly authorization?: string | undefined
  /** The `x-api-key` header. */
  readonly apiKey?: string | undefined
  /** The `x-router-secret` header. */
  readonly routerSecret?: string | undefined
}

/** Who asks, and for how long that is known. */
export interface Session {
  readonly caller: Caller
  /** Unix milliseconds at which the credentials expire; null where they do not. */
  readonly expiresMs: number | null
  /**
   * Calls once, within seconds, when the credentials are taken away or change what they allow; gives what ends the
   * watch. Absent where nobody can take them away.
   */
  readonly onWithdrawal?: (withdrawn: () => void) => () => void
  /** May ask what only a router asks, `_entities` and `_service`. */
  readonly isRouter: boolean
}

/** @throws Unauthenticated, Forbidden */
export type Authenticate = (credentials: Credentials) => Promise<Session>

/** Who the credentials name. @throws Unauthenticated, Forbidden */
export type Identify = (credentials: Credentials) => Promise<Identity>

type Identity = Omit<Session, 'isRouter'>

/** `TASK_GATEWAY_AUTH=none`: everybody sees everything. */
export const identifyAnyone: Identify = () => Promise.resolve({ caller: ANYONE, expiresMs: null })

/** The credentials are missing or wrong; the caller is never told what is wrong with them. */
export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated'

  /** @param reason for the log: one of a few fixed texts, without anything that the caller sent */
  constructor(
    readonly reason: string,
    readonly detail?: unknown,
  ) {
    super('Valid credentials are needed')
  }
}

/** The credentials are right, and do not allow this. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden'

  constructor(readonly reason: string) {
    super('These credentials do not allow to read tasks')
  }
}

/** Nobody's credentials can be checked, since no key of the issuer is known. */
export class AuthenticationUnavailable extends Error {
  override readonly name = 'AuthenticationUnavailable'

  /** @param retryAfterMs until the keys are fetched again */
  constructor(readonly retryAfterMs: number) {
    super('Credentials cannot be checked at present: the keys of their issuer are not known')
  }
}

/**
 * Adds to who asks whether a router does: who knows the secret beside credentials of a caller. Without a secret
 * everybody may be one.
 */
export function withRouter(identify: Identify, secret: string | null): Authenticate {
  return async (credentials) => ({
    ...(await identify(credentials)),
    isRouter: secret === null || isSame(credentials.routerSecret ?? '', secret),
  })
}

/** In constant time, whatever the lengths. */
function isSame(text: string, secret: string): boolean {
  return timingSafeEqual(digest(text), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
