import { createApp, type App } from './app'
import { parseConfig, secretsOf, type Config } from './config'
import { startEmulator, type Emulator } from './emulator/start'
import { MAIN_REGION } from './emulator/world/regions'
import { createCensor, createLog } from './telemetry/log'
import { createMetrics } from './telemetry/metrics'

/** The usual port, and whether it was asked for by name. */
const USUAL_PORT = '4000'
/** The made-up world says many words that no vocabulary has; that is no news here. */
const LEVEL = 'error'

void main()

/** `npm run demo`: emulated upstreams and the gateway in front of them, in one process. */
async function main(): Promise<void> {
  try {
    const emulator = await startEmulator()
    const { url, moved } = await startGateway(emulator)
    process.stdout.write(introduction(url, moved, emulator.url))
  } catch (error) {
    process.stderr.write(`The demo cannot start: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}

/** On the port that is wanted, or a free one where that is taken. */
async function startGateway(emulator: Emulator): Promise<{ url: string; moved: string | null }> {
  const port = process.env['PORT'] ?? USUAL_PORT
  try {
    return { url: await serve(emulator, port), moved: null }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    return { url: await serve(emulator, '0'), moved: port }
  }
}

async function serve(emulator: Emulator, port: string): Promise<string> {
  const { config } = await parseConfig(settings(emulator, port), () => Promise.resolve({ kind: 'absent' }))
  const app = await createApp(config, toolsFor(config))
  try {
    const { url } = await app.listen()
    stopOnSignal(app, emulator)
    return url
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Nothing of the caller's own settings: the demo never asks a real cloud. */
function settings(emulator: Emulator, port: string): Record<string, string> {
  return {
    NODE_ENV: 'development',
    PORT: port,
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TENCENTCLOUD_SECRET_ID: emulator.credential.secretId,
    TENCENTCLOUD_SECRET_KEY: emulator.credential.secretKey,
    TENCENTCLOUD_REGION: MAIN_REGION,
    TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
    TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
  }
}

function toolsFor(config: Config) {
  const censor = createCensor(secretsOf(config))
  const log = createLog({ level: LEVEL, censor, output: process.stdout })
  const metrics = createMetrics({ processMetrics: false })
  return { log, metrics, clock: { now: Date.now }, hideSecrets: censor.add }
}

function stopOnSignal(app: App, emulator: Emulator): void {
  const stop = async () => {
    await app.close()
    await emulator.close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void stop().then(() => process.exit(0))
    })
}

function introduction(url: string, moved: string | null, emulatorUrl: string): string {
  const note = moved === null ? '' : `Port ${moved} is taken, so a free one is used.\n`
  const tell = `curl -s ${emulatorUrl}/__emulator`
  return `${note}
The gateway serves EMULATED data: made-up tasks from an emulator on this machine, no cloud is asked.

  GraphiQL   ${url}/graphiql
  GraphQL    ${url}/graphql
  Emulator   ${emulatorUrl} (both cloud APIs)

  curl -s ${url}/graphql -H 'content-type: application/json' \\
    -d '{"query":"{ tasks(first: 20) { nodes { provider type status startedAt instances { id } } sources { source { name } error { message } } } }"}'

Break Postgres, and heal it:

  ${tell}/faults -H 'content-type: application/json' -d '{"service":"postgres","fault":{"kind":"reset"}}'
  ${tell}/faults/clear -H 'content-type: application/json' -d '{}'

Ctrl-C stops it.
`
}
