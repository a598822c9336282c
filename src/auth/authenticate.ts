import { ANYONE, type Caller } from '../tasks/caller'

/** What a request, a connection_init or a router brings to say who asks. */
export interface Credentials {
  /** The `authorization` header, or `authorization` of connection_init. */
  readonly authorization?: string | undefined
  /** The `x-api-key` header. */
  readonly apiKey?: string | undefined
}

/** Who asks, and for how long that is known. */
export interface Session {
  readonly caller: Caller
  /** Unix milliseconds at which the credentials expire; null where they do not. */
  readonly expiresMs: number | null
}

/** @throws Unauthenticated where the credentials are missing or wrong; never says what is wrong with them */
export type Authenticate = (credentials: Credentials) => Promise<Session>

/** `TASK_GATEWAY_AUTH=none`: everybody sees everything. */
export const authenticateAnyone: Authenticate = () => Promise.resolve({ caller: ANYONE, expiresMs: null })

/** The caller may not, until better credentials come. */
export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated'
}
