import { randomBytes } from 'node:crypto'
import type { Config } from '../config'
import { cursorKey } from '../tasks/cursor'
import type { Log } from '../telemetry/log'

/** Without a secret of their own, cursors are authenticated by what every replica has: a long-lived signing key. */
export function cursorKeys({ cursorSecrets, accounts }: Config, log: Log): readonly Buffer[] {
  if (cursorSecrets !== null) return cursorSecrets.map(cursorKey)
  const lasting = accounts
    .map(({ credential }) => credential.credential)
    .find(({ token }) => token === undefined)
  if (lasting !== undefined) return [cursorKey(lasting.secretKey)]
  log.warn(
    'cursors will not outlive this process: the credentials are temporary; set TASK_GATEWAY_CURSOR_SECRET',
  )
  return [randomBytes(32)]
}
