import { createApp, type App } from '../../src/app'
import { parseConfig } from '../../src/config'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/start'
import { createCensor } from '../../src/telemetry/censor'
import { createLog } from '../../src/telemetry/log'
import { createMetrics } from '../../src/telemetry/metrics'

export interface GraphAnswer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { message: string; path?: unknown[]; extensions: Record<string, unknown> }[]
  readonly extensions?: { upstream: { calls: number; cacheHits: number; shared: number; queuedMs: number } }
}

export interface TestGateway {
  readonly url: string
  readonly emulator: Emulator
  /** What the gateway logged. */
  readonly lines: readonly string[]
  metrics(): Promise<string>
  query(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: GraphAnswer }>
  close(): Promise<void>
}

export interface TestGatewayOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly emulator?: EmulatorOptions
  readonly now?: () => number
}

/** An emulator and a gateway in front of it, in this process, on free ports. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const emulator = await startEmulator({ quotas: 'off', ...options.emulator })
  const { config } = await parseConfig(
    {
      NODE_ENV: 'test',
      PORT: '0',
      TASK_GATEWAY_ADMIN_PORT: '0',
      TENCENTCLOUD_SECRET_ID: emulator.credential.secretId,
      TENCENTCLOUD_SECRET_KEY: emulator.credential.secretKey,
      TENCENTCLOUD_REGION: 'ap-guangzhou',
      TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
      TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
      TASK_GATEWAY_CDB_RATE: '1000',
      TASK_GATEWAY_POSTGRES_RATE: '1000',
      TASK_GATEWAY_DRAIN_MS: '0',
      ...options.env,
    },
    () => Promise.resolve({ kind: 'absent' }),
  )
  const lines: string[] = []
  const log = createLog({
    level: 'trace',
    censor: createCensor([]),
    output: { write: (line: string) => lines.push(line) },
  })
  const metrics = createMetrics({ processMetrics: false })
  const app: App = await createApp(config, { log, metrics, clock: { now: options.now ?? Date.now } })
  const { url } = await app.listen()
  return {
    url,
    emulator,
    lines,
    metrics: async () => (await metrics.exposition()).text,
    async query(query, variables = {}, headers = {}) {
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      })
      return { status: answer.status, body: (await answer.json()) as GraphAnswer }
    },
    async close() {
      await app.close()
      await emulator.close()
    },
  }
}
