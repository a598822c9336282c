import { type App, createApp } from './app'
import { readFiles, readRole } from './app/credentials'
import { type Config, parseConfig, secretsOf } from './config'
import { type Censor, createCensor, createLog, type Log } from './telemetry/log'
import { createMetrics } from './telemetry/metrics'
import { createTraces, type Traces } from './telemetry/traces'

/** npm passes a terminal's Ctrl-C on to us, who have had it from the terminal already: that is one wish, not two. */
const SAME_WISH_MS = 500

void main()

async function main(): Promise<void> {
  let censor = createCensor([])
  try {
    const { config, warnings } = await parseConfig(process.env, readFiles, readRole)
    censor = createCensor(secretsOf(config))
    const log = createLog({ level: config.logLevel, censor, output: process.stdout })
    for (const warning of warnings) log.warn(warning)
    await serve(config, log, censor)
  } catch (error) {
    process.stderr.write(`${censor(startProblem(error))}\n`)
    process.exit(1)
  }
}

async function serve(config: Config, log: Log, censor: Censor): Promise<void> {
  process.on('uncaughtException', (err, origin) => {
    log.fatal({ err, origin }, 'nobody handled this error')
    process.exit(1)
  })
  const metrics = createMetrics({ processMetrics: true })
  const traces = config.traces === null ? null : await createTraces(config.traces, log)
  const clock = { now: Date.now }
  const app = await createApp(config, { log, metrics, clock, hideSecrets: censor.add, traces })
  stopOnSignal(log, () => stop(app, traces, config, log))
  log.info(await app.listen(), 'the gateway serves')
}

function startProblem(error: unknown): string {
  if (!(error instanceof Error)) return `The gateway cannot start: ${String(error)}`
  if (error.name === 'ConfigError') return error.message
  const isListen = 'syscall' in error && error.syscall === 'listen'
  return `The gateway cannot start: ${error.message}${isListen ? ' (set HOST and PORT to an address that is free)' : ''}`
}

/** close-with-grace does not fit: it takes the signal that npm repeats for a second one, and then stops at once. */
function stopOnSignal(log: Log, stopNicely: () => Promise<void>): void {
  let firstMs: number | null = null
  const onSignal = (signal: string): void => {
    if (firstMs === null) {
      firstMs = performance.now()
      log.info({ signal }, 'told to stop')
      void stopNicely()
    } else if (performance.now() - firstMs > SAME_WISH_MS) {
      log.warn({ signal }, 'told to stop again, so stopping at once')
      process.exit(1)
    }
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function stop(app: App, traces: Traces | null, { http }: Config, log: Log): Promise<void> {
  setTimeout(() => {
    log.error('open requests did not end in time')
    process.exit(1)
  }, http.drainMs + http.closeMs).unref()
  try {
    await app.drain()
    await app.close()
    await traces?.close()
    log.info('the gateway has stopped')
    process.exit(0)
  } catch (err) {
    log.fatal({ err }, 'the gateway did not stop as it should')
    process.exit(1)
  }
}
