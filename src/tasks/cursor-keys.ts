import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/** The key that authenticates cursors, the same on every replica that is given the same secret. */
export function cursorKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'task gateway cursor', KEY_BYTES))
}
