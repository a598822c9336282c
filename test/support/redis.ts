import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from './free-port'

/** A redis-server of its own, which keeps nothing on disk. */
export interface TestRedis {
  readonly port: number
  readonly url: string
  /** A client without the gateway's limits. */
  readonly client: Redis
  /** At once, as a crash. */
  kill(): Promise<void>
  /** On the same port, with nothing in it. */
  restart(): Promise<void>
  /** It accepts connections and says nothing. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** `describe` where there is a redis-server; CI has one, so there a missing one is a failure. */
export function describeWithRedis(name: string, tests: () => void): void {
  const present = spawnSync('redis-server', ['--version']).status === 0
  if (present || process.env['CI'] !== undefined) {
    describe(name, tests)
    return
  }
  process.stderr.write(`There is no redis-server here, so these tests are left out: ${name}\n`)
  describe.skip(name, tests)
}

/** @throws Error where it does not start */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const client = new Redis({
    port,
    host: '127.0.0.1',
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    disconnectTimeout: 50,
  })
  // The server is killed on purpose.
  client.on('error', () => undefined)
  let server = await launch(port, client).catch((error: unknown) => {
    client.disconnect()
    throw error
  })
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client,
    kill,
    async restart() {
      await kill()
      server = await launch(port, client)
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async close() {
      client.disconnect()
      await kill()
    },
  }
}

async function launch(port: number, client: Redis): Promise<ChildProcess> {
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  // A replica takes over its primary's data without a file.
  const options = [...own, '--repl-diskless-sync-delay', '0', '--repl-diskless-load', 'swapdb']
  const server = spawn('redis-server', options, { stdio: 'ignore' })
  const failed = new Promise((_, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`redis-server has ended with ${String(code)}`)))
  })
  await Promise.race([client.ping(), failed])
  return server
}

/** A Sentinel of its own, which promotes the replica of the primary on that port within seconds. */
export async function startSentinel(
  name: string,
  primaryPort: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
  ]
  await writeFile(file, lines.join('\n'))
  const server = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })
  return {
    port,
    async close() {
      const gone = once(server, 'exit')
      server.kill('SIGKILL')
      await gone
      await rm(folder, { recursive: true })
    },
  }
}
