import { createApp, type App, type Products } from '../../src/app'
import { parseConfig, type Config } from '../../src/config'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/start'
import { createCensor, createLog } from '../../src/telemetry/log'
import { createMetrics } from '../../src/telemetry/metrics'

export interface GraphError {
  readonly message: string
  readonly path?: unknown[]
  readonly extensions: Record<string, unknown>
}

export interface GraphAnswer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly GraphError[]
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
  /** From now on not ready. */
  drain(): Promise<void>
  close(): Promise<void>
}

export interface TestGatewayOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly emulator?: EmulatorOptions
  /** An emulator that runs already, and goes on when the gateway is closed. */
  readonly inFrontOf?: Emulator
  readonly now?: () => number
  /** Those that the gateway ships with, if absent. */
  readonly products?: Products
  /** Changes what no setting does. */
  readonly adapt?: (config: Config) => Config
}

/** An emulator and a gateway in front of it, in this process, on free ports. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const emulator = options.inFrontOf ?? (await startEmulator({ quotas: 'off', ...options.emulator }))
  const { config } = await parseConfig({ ...settings(emulator), ...options.env }, () =>
    Promise.resolve({ kind: 'absent' }),
  )
  const lines: string[] = []
  const censor = createCensor([])
  const log = createLog({
    level: 'trace',
    censor,
    output: { write: (line: string) => lines.push(line) },
  })
  const metrics = createMetrics({ processMetrics: false })
  const app: App = await createApp(
    options.adapt?.(config) ?? config,
    {
      log,
      metrics,
      clock: { now: options.now ?? Date.now },
      hideSecrets: censor.add,
    },
    options.products,
  )
  const { url } = await app.listen()
  return {
    url,
    emulator,
    lines,
    metrics: async () => (await metrics.exposition()).text,
    query: (query, variables = {}, headers = {}) => ask(url, query, variables, headers),
    drain: () => app.drain(),
    async close() {
      await app.close()
      if (options.inFrontOf === undefined) await emulator.close()
    },
  }
}

/** Asks a gateway that runs anywhere. */
export async function ask(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; body: GraphAnswer }> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  })
  return { status: answer.status, body: (await answer.json()) as GraphAnswer }
}

/** What a gateway in front of the emulator is set to. */
export function settings(emulator: Emulator): Record<string, string> {
  return {
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
    // So that a test sees what it asks for at once; those of the cache set it.
    TASK_GATEWAY_CACHE_TTL_MS: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
  }
}
