import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Config } from './config'
import { buildSubgraph } from './federation/subgraph'
import type { GraphContext } from './graphql/context'
import { Problems } from './graphql/problems'
import { createGraphServer } from './graphql/server'
import { createTaskLoader } from './graphql/task-loader'
import { createHttpServer } from './http/server'
import { ownerOf, PROVIDERS } from './providers'
import type { RowReport } from './providers/provider'
import { createMeter, type CallScope } from './scope'
import { ANYONE } from './tasks/caller'
import { CursorCodec } from './tasks/cursor'
import { cursorKey } from './tasks/cursor-keys'
import { ObservedSource } from './tasks/health'
import { TaskService } from './tasks/service'
import type { SourceKey, TaskProvider } from './tasks/task'
import { startAdmin, type AdminServer } from './telemetry/admin'
import type { Log } from './telemetry/log'
import type { Metrics } from './telemetry/metrics'
import { createWordReport } from './telemetry/unknown-words'
import { createTencentClient } from './tencent/create-client'
import { fixedCredential } from './tencent/credentials'
import { sleep } from './tencent/sleep'
import { createTransport, type Transport } from './tencent/transport'

/** What the process edge hands in. */
export interface AppTools {
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: { readonly now: () => number }
}

export interface App {
  /** @throws Error where a port cannot be had */
  listen(): Promise<{ url: string; adminUrl: string | null }>
  /** Not ready from now on; resolves when the load balancer has had its time to notice. */
  drain(): Promise<void>
  /** Finishes what is in flight, then lets go of everything. */
  close(): Promise<void>
}

const GRAPHIQL_ROOT = join(__dirname, '..', 'dist', 'graphiql')

/** Builds everything once and connects it. */
export async function createApp(config: Config, tools: AppTools): Promise<App> {
  const { log, metrics, clock } = tools
  const transport = createTransport()
  const core = createCore(config, tools, transport)
  const reportUnexpected = (err: unknown): string => {
    const id = randomUUID()
    log.error({ err, id }, 'an error that nobody expected')
    return id
  }
  const graph = createGraphServer({
    schema: buildSubgraph().schema,
    introspection: config.http.introspection,
    production: config.production,
    reportUnexpected,
    reportRequest: (kind, outcome, durationMs) => metrics.graphqlRequest(kind, outcome, durationMs),
    now: clock.now,
  })
  await graph.start()
  const http = createHttpServer({
    graph,
    createContext: (gone) => createContext(core, config.upstream.deadlineMs, clock, gone),
    loopback: config.http.loopback,
    bodyLimitBytes: config.http.bodyLimitBytes,
    graphiqlRoot: config.http.graphiql ? GRAPHIQL_ROOT : null,
    reportUnexpected,
  })
  let admin: AdminServer | null = null
  return {
    async listen() {
      const { host, port, adminPort, loopback } = config.http
      const url = await http.server.listen({ host, port })
      if (adminPort !== 0)
        admin = await startAdmin({ host, port: adminPort, loopback, exposition: metrics.exposition })
      return { url, adminUrl: admin?.url ?? null }
    },
    async drain() {
      http.stopTraffic()
      await sleepFor(config.http.drainMs)
    },
    async close() {
      await http.server.close()
      await graph.stop()
      await admin?.close()
      await transport.close()
    },
  }
}

function createCore(config: Config, { log, metrics, clock }: AppTools, transport: Transport): TaskService {
  const reportWord = createWordReport(log, metrics)
  const report: RowReport = {
    unknownWord: ({ provider }, kind, word) => reportWord(provider, kind, word),
    rowLeftOut: (source) => metrics.rowLeftOut(source),
  }
  const sources = keysOf(config).map((key) =>
    createSource(key, config, { log, metrics, clock }, transport, report),
  )
  return new TaskService(sources, {
    cursors: new CursorCodec(cursorKeys(config, log)),
    now: clock.now,
    scanCalls: config.upstream.scanCalls,
    toleranceSeconds: config.orderToleranceSeconds,
  })
}

function createSource(
  key: SourceKey,
  config: Config,
  { log, metrics, clock }: AppTools,
  transport: Transport,
  report: RowReport,
): ObservedSource {
  const provider = PROVIDERS[key.provider]
  const { endpoint, callsPerSecond } = config.products[key.provider]
  const client = createTencentClient({
    service: provider.service,
    version: provider.version,
    endpoint,
    region: key.region,
    credentials: fixedCredential(credentialOf(key.account, config)),
    transport,
    callsPerSecond,
    attemptTimeoutMs: config.upstream.attemptTimeoutMs,
    clock,
    random: Math.random,
    sleep,
    log,
    onCall: ({ outcome, durationMs }) =>
      metrics.upstreamCall(key, outcome === 'OK' ? 'ok' : outcome, durationMs),
  })
  const source = provider.createSource({ key, client, callsPerSecond, ownerOf, report, now: clock.now })
  return new ObservedSource(source, clock.now, () => {
    metrics.listOutOfOrder(key)
    log.warn({ source: key }, 'a list is not in the order of its start times')
  })
}

function keysOf({ accounts }: Config): readonly SourceKey[] {
  const providers = Object.keys(PROVIDERS) as TaskProvider[]
  return providers.flatMap((provider) =>
    accounts.flatMap(({ name, regions }) =>
      regions[provider].map((region) => ({ provider, account: name, region })),
    ),
  )
}

function credentialOf(account: string, { accounts }: Config) {
  const found = accounts.find(({ name }) => name === account)
  if (found === undefined) throw new Error(`no account ${account} is configured`)
  return found.credential
}

/** Without a secret of their own, cursors are authenticated by what every replica has: a long-lived signing key. */
function cursorKeys({ cursorSecrets, accounts }: Config, log: Log): readonly Buffer[] {
  if (cursorSecrets !== null) return cursorSecrets.map(cursorKey)
  const lasting = accounts.find(({ credential }) => credential.token === undefined)
  if (lasting !== undefined) return [cursorKey(lasting.credential.secretKey)]
  log.warn(
    'cursors will not outlive this process: the credentials are temporary; set TASK_GATEWAY_CURSOR_SECRET',
  )
  return [randomBytes(32)]
}

function createContext(
  core: TaskService,
  deadlineMs: number,
  clock: { readonly now: () => number },
  gone: AbortSignal,
): GraphContext {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(deadlineMs)])
  const scope: CallScope = { signal, meter: createMeter(), deadlineMs: clock.now() + deadlineMs }
  const caller = ANYONE
  return {
    core,
    caller,
    scope,
    loader: createTaskLoader(core, caller, scope),
    problems: new Problems(),
    ownerOf,
  }
}
