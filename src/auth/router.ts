import { createHash, timingSafeEqual } from 'node:crypto'
import type { Authenticate, Identify } from './authenticate'

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
