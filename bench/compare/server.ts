import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import { createCheck, type Check, type Right } from './check'
import type { Contestant } from './contestants'
import { measuredCommand } from './pinning'
import { WIRES, withInstant, type Wire } from './question'

/** A contestant that runs. */
export interface Server {
  readonly contestant: Contestant
  readonly url: string
  readonly pid: number
  /** From its start to its first right answer. */
  readonly coldStartMs: number
  stop(): Promise<void>
}

/** What a server is started in front of, and what it must answer before it counts as started. */
export interface Front {
  readonly upstreamUrl: string
  readonly wire?: Wire
  readonly right: Right
  readonly env?: Readonly<Record<string, string>>
}

/** The gateway's own limits to the calls that it sends: as high as they can be set. */
export const LIFTED = { TASK_GATEWAY_CDB_RATE: '10000', TASK_GATEWAY_POSTGRES_RATE: '10000' }

const POLL_MS = 5
const START_WITHIN_MS = 60_000

/** With the settings that a user gets, but for `env`; what it logs goes nowhere. */
export async function startServer(contestant: Contestant, front: Front): Promise<Server> {
  const port = await freePort()
  const [command, args] = measuredCommand(contestant.arguments)
  const beganMs = performance.now()
  const child = spawn(command, args, {
    env: { ...environment(port, front.upstreamUrl), ...front.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'exit').then(() => process.off('exit', kill))
  const url = `http://127.0.0.1:${port}`
  const wire = front.wire ?? WIRES[contestant.dialect]
  const isRight = createCheck(front.right)
  while (!(await answersRightly(url, wire, isRight))) {
    const tookMs = performance.now() - beganMs
    if (child.exitCode !== null) throw new Error(`${contestant.name} has ended before it served`)
    if (tookMs > START_WITHIN_MS) throw new Error(`${contestant.name} gives no right answer`)
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
  }
}

async function answersRightly(
  url: string,
  { method, path, headers, body }: Wire,
  isRight: Check,
): Promise<boolean> {
  try {
    const answer = await request(url + withInstant(path, 0), {
      method,
      headers,
      body: body === null ? null : withInstant(body, 0),
    })
    const text = await answer.body.text()
    return answer.statusCode === 200 && isRight(text)
  } catch {
    // Not yet: nobody listens, or an answer is no JSON.
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
