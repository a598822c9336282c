import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import type { Emulator } from '../../src/emulator/start'

/** The built gateway as a process of its own. */
export interface MeasuredGateway {
  /** The body of its answer. */
  query(query: string, variables?: object): Promise<unknown>
  stop(): Promise<void>
}

/** In front of the emulator, with the settings that a user gets. */
export async function startGateway(emulator: Emulator, region: string): Promise<MeasuredGateway> {
  const env = {
    NODE_ENV: 'production',
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TENCENTCLOUD_SECRET_ID: emulator.credential.secretId,
    TENCENTCLOUD_SECRET_KEY: emulator.credential.secretKey,
    TENCENTCLOUD_REGION: region,
    TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
    TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
  }
  const entry = join(process.cwd(), 'dist', 'main.js')
  const child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const pool = new Pool(await addressOf(createInterface(child.stdout)), { connections: 200 })
  return {
    async query(query, variables = {}) {
      const { body } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      return body.json()
    },
    async stop() {
      await pool.close()
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** @throws Error where the gateway ends before it serves */
async function addressOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the gateway has ended before it served')
}
