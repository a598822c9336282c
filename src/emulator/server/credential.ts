import type { World } from '../world/world'

/** A key that the emulator accepts. */
export interface EmulatedCredential {
  readonly secretId: string
  readonly secretKey: string
  /** A temporary key: its requests must carry this token. */
  readonly token?: string
  /** Unix milliseconds after which the token is refused. */
  readonly tokenExpiresAtMs?: number
  /** What quotas and worlds go by (`default`); two keys may belong to one account. */
  readonly account?: string
  /** The account's own tasks; without it the emulator's world. */
  readonly world?: World
}

/** Plainly fake, and long enough to look right in a configuration. */
export const DEMO_CREDENTIAL: EmulatedCredential = {
  secretId: 'AKIDEMULATEDKEYFORTHEDEMOONLY',
  secretKey: 'emulated-secret-for-the-demo-only',
}
