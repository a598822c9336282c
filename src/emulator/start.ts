import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createDayKeys } from '../tencent/sign'
import { ADMIN_PREFIX, createAdmin, type Settings } from './server/admin'
import { answerCall, type Backend } from './server/answer-call'
import { CallLog } from './server/call-log'
import { realSleep, ShiftedClock, type Now, type Sleep } from './server/clock'
import { DEMO_CREDENTIAL, type EmulatedCredential } from './server/credential'
import { Faults } from './server/faults'
import { listen, stop } from './server/listen'
import { DOCUMENTED_QUOTAS, Quota, type QuotaLimits } from './server/quota'
import { readBody } from './server/read-body'
import { createAnswerWriter } from './server/json'
import { respond, type Exchange } from './server/respond'
import { createWorld } from './world/create-world'
import { createRandom } from './world/random'
import type { World } from './world/world'

/** Everything has a default: `startEmulator()` is a generated, moving world on a free port. */
export interface EmulatorOptions {
  /** 0 is a free one (0). */
  readonly port?: number
  /** For the generated world and the chances of faults (1). */
  readonly seed?: number
  /** A generated, moving one when absent. */
  readonly world?: World
  /** Keys that are accepted (`DEMO_CREDENTIAL`). */
  readonly credentials?: readonly EmulatedCredential[]
  /** The documented 50 and 20 a second when absent; `off` is without limit. */
  readonly quotas?: QuotaLimits | 'off'
  /** Added to every answer (0). */
  readonly latencyMs?: number
  /** When an idle connection is closed (60,000). */
  readonly keepAliveMs?: number
  /** How many calls the log remembers (100,000). */
  readonly logLimit?: number
  readonly now?: Now
  readonly sleep?: Sleep
}

/** Both upstream APIs on one loopback port. */
export interface Emulator {
  /** `http://127.0.0.1:<port>`: the endpoint of both services. */
  readonly url: string
  readonly port: number
  readonly credential: EmulatedCredential
  readonly world: World
  readonly faults: Faults
  readonly log: CallLog
  readonly quota: Quota
  /** `shiftMs` sets the cloud's clock forward or back. */
  readonly clock: ShiftedClock
  /** `latencyMs` may be set while it runs. */
  readonly settings: Settings
  /** Cuts open connections at once, hanging ones too. */
  close(): Promise<void>
}

const NO_QUOTAS: QuotaLimits = { cdb: null, postgres: null }

/** @throws Error when the port is taken */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const backend = createBackend(options)
  const settings = { latencyMs: options.latencyMs ?? 0, quotas: backend.quota.limits }
  const serve = createHandler(backend, settings, options.sleep ?? realSleep)
  const server = createServer({ keepAliveTimeout: options.keepAliveMs ?? 60_000 }, serve)
  const port = await listen(server, options.port ?? 0)
  const { world, faults, log, quota, clock, credentials } = backend
  const credential = credentials[0] ?? DEMO_CREDENTIAL
  const url = `http://127.0.0.1:${port}`
  return { url, port, credential, world, faults, log, quota, clock, settings, close: () => stop(server) }
}

function createBackend(options: EmulatorOptions): Backend {
  const { seed = 1, now = Date.now, quotas = DOCUMENTED_QUOTAS } = options
  return {
    clock: new ShiftedClock(now),
    credentials: options.credentials ?? [DEMO_CREDENTIAL],
    dayKey: createDayKeys(),
    world: options.world ?? createWorld({ seed, nowMs: now() }),
    quota: new Quota(quotas === 'off' ? NO_QUOTAS : quotas),
    faults: new Faults(createRandom(seed)),
    log: new CallLog(options.logLimit ?? 100_000),
  }
}

function createHandler(backend: Backend, settings: Settings, sleep: Sleep) {
  const admin = createAdmin(backend, settings)
  const outgoing = { sleep, write: createAnswerWriter() }
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.sendDate = false
    response.setHeader('date', new Date(backend.clock.now()).toUTCString())
    // A write to a client that has gone is no error here.
    response.on('error', () => undefined)
    const served = request.url?.startsWith(ADMIN_PREFIX)
      ? admin(request, response)
      : serveApi(request, response, backend, settings, outgoing)
    served.catch((error: unknown) => giveUp(response, error))
  }
}

/** A client that has gone away needs no answer; anything else is a fault of the emulator's own, and must be seen. */
function giveUp(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  response.writeHead(500, { 'content-type': 'text/plain', connection: 'close' })
  response.end(`emulator: ${String(error)}`)
}

/** How every answer goes out. */
type Outgoing = Pick<Exchange, 'sleep' | 'write'>

async function serveApi(
  request: IncomingMessage,
  response: ServerResponse,
  backend: Backend,
  settings: Settings,
  { sleep, write }: Outgoing,
): Promise<void> {
  const gone = new AbortController()
  // An answer that is out needs nobody to be called off, which costs more than one thinks.
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const body = await readBody(request)
  const headers: Record<string, string> = {}
  for (const name in request.headers) headers[name] = String(request.headers[name])
  const { call, answer, fault } = answerCall(
    { headers, body, method: request.method ?? '', path: request.url ?? '' },
    backend,
  )
  call.requestId = String(answer.Response['RequestId'])
  if (settings.latencyMs > 0) await sleep(settings.latencyMs, gone.signal)
  call.outcome = fault === null ? outcomeOf(answer.Response['Error']) : `fault:${fault.kind}`
  await respond({ response, sleep, write, signal: gone.signal }, answer, fault)
}

function outcomeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('Code' in error)) return 'ok'
  return String(error.Code)
}
