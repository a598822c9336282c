import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import { createCheck } from './check'
import type { Contestant } from './contestants'
import { measuredCommand } from './pinning'
import { instant, wireOf } from './question'
import type { UpstreamState } from './upstream'

/** A contestant that runs. */
export interface Server {
  readonly contestant: Contestant
  readonly url: string
  readonly pid: number
  /** From its start to its first right answer. */
  readonly coldStartMs: number
  stop(): Promise<void>
}

const POLL_MS = 5
const START_WITHIN_MS = 60_000
const LIFTED_RATE = '10000'

/** With the settings that a user gets, but no limit to the calls that it may send. Its log goes nowhere. */
export async function startServer(
  contestant: Contestant,
  upstream: UpstreamState,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort()
  const [command, args] = measuredCommand(contestant.arguments)
  const beganMs = performance.now()
  const child = spawn(command, args, {
    env: { ...environment(port, upstream.url), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'exit').then(() => process.off('exit', kill))
  const url = `http://127.0.0.1:${port}`
  const isRight = createCheck(contestant.dialect, upstream.expected)
  while (!(await answersRightly(url, contestant, isRight))) {
    if (child.exitCode !== null) throw new Error(`${contestant.name} has ended before it served`)
    if (performance.now() - beganMs > START_WITHIN_MS)
      throw new Error(`${contestant.name} gives no right answer`)
    await sleep(POLL_MS)
  }
  const coldStartMs = performance.now() - beganMs
  return {
    contestant,
    url,
    pid: child.pid ?? 0,
    coldStartMs,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function environment(port: number, upstream: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    PORT: String(port),
    UPSTREAM: upstream,
    TENCENTCLOUD_SECRET_ID: DEMO_CREDENTIAL.secretId,
    TENCENTCLOUD_SECRET_KEY: DEMO_CREDENTIAL.secretKey,
    TENCENTCLOUD_REGION: MAIN_REGION,
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TASK_GATEWAY_CDB_ENDPOINT: upstream,
    TASK_GATEWAY_POSTGRES_ENDPOINT: upstream,
    TASK_GATEWAY_CDB_RATE: LIFTED_RATE,
    TASK_GATEWAY_POSTGRES_RATE: LIFTED_RATE,
  }
}

async function answersRightly(
  url: string,
  { dialect }: Contestant,
  isRight: (text: string) => boolean,
): Promise<boolean> {
  const { method, path, body } = wireOf(dialect)
  try {
    const answer = await request(url + path(instant(0)), {
      method,
      headers: { 'content-type': 'application/json' },
      body: body(instant(0)),
    })
    const text = await answer.body.text()
    return answer.statusCode === 200 && isRight(text)
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
