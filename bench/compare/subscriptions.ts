import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { unpinnedCommand } from './pinning'

const LONGEST_MS = 180_000

/** On all cores, as it has clients, gateway and upstreams of its own: what `npm run bench:live-sockets` says, and whether it finds its promises kept. */
export async function measureSubscriptions(): Promise<string> {
  const program = join(__dirname, '..', 'live-sockets.js')
  const [command, args] = unpinnedCommand([program])
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_MS,
  })
  const ended = once(child, 'exit')
  const said = (await text(child.stdout)).trim()
  await ended
  return child.exitCode === 0 ? said : `${said}\nended with ${child.exitCode ?? 'a signal'}: not all is kept`
}
