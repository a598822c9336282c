import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const PEERS = join(process.cwd(), 'bench', 'peers')

/** Brings the peers as their lock file says, where they are missing or older than it. */
export function installPeers(say: (line: string) => void): void {
  const installed = join(PEERS, 'node_modules', '.package-lock.json')
  const locked = join(PEERS, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs) return
  say('installing the peers …')
  execFileSync('npm', ['ci', '--prefix', PEERS, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
