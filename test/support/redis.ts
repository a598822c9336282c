import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** A redis-server of its own, which keeps nothing on disk. */
export interface TestRedis {
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

const START_MS = 5000

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
  let server = await launch(port)
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: null })
  // It is killed on purpose.
  client.on('error', () => undefined)
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    client,
    kill,
    async restart() {
      await kill()
      server = await launch(port)
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async close() {
      client.disconnect()
      await kill()
    },
  }
}

async function launch(port: number): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', options, { stdio: 'ignore' })
  const failed = once(server, 'error').then(([error]) => Promise.reject(error as Error))
  await Promise.race([answering(port), failed])
  return server
}

async function answering(port: number): Promise<void> {
  const untilMs = Date.now() + START_MS
  while (Date.now() < untilMs) {
    const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => undefined)
    const answer = await client
      .connect()
      .then(() => client.ping())
      .catch(() => null)
    client.disconnect()
    if (answer === 'PONG') return
    await sleep(20)
  }
  throw new Error(`redis-server did not answer on port ${port} within ${START_MS} ms`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
