import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const LONGEST_MS = 180_000

/** What `npm run bench:live-sockets` says. @throws Error where it finds a promise broken */
export async function measureSubscriptions(): Promise<string> {
  const program = join(__dirname, '..', 'live-sockets.js')
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: LONGEST_MS })
  return stdout.trim()
}
