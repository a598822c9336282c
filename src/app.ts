import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { createAuthenticate } from './app/authenticate'
import { createContext } from './app/context'
import { createCore, type AppTools } from './app/core'
import { createLimits } from './app/limits'
import { createLiveChanges } from './app/live'
import { joinReplicas } from './app/replicas'
import { PRODUCTS, type Products } from './app/products'
import { createRepeats } from './app/repeats'
import { createRequestReport } from './app/request-report'
import { trustDocuments } from './app/trusted-documents'
import type { Config } from './config'
import { buildSubgraph } from './federation/subgraph'
import { createOperations } from './graphql/operations'
import { createGraphServer } from './graphql/server'
import { createHttpServer } from './http/server'
import { startAdmin, type AdminServer } from './telemetry/admin'
import { createTransport } from './tencent/transport'
import { createTurns } from './turns'

export interface App {
  /** @throws Error where a port cannot be had */
  listen(): Promise<{ url: string; adminUrl: string | null }>
  /** Not ready from now on; resolves when the load balancer has had its time to notice. */
  drain(): Promise<void>
  /** Finishes what is in flight, then lets go of everything. */
  close(): Promise<void>
}

const GRAPHIQL_ROOT = join(__dirname, '..', 'dist', 'graphiql')

/** One that is gone is found within two of them. */
const PING_MS = 12_000

/** Builds everything once and connects it. */
export async function createApp(
  config: Config,
  tools: AppTools,
  products: Products = PRODUCTS,
): Promise<App> {
  const { log, metrics, clock } = tools
  const { deadlineMs } = config.upstream
  const { schema } = buildSubgraph(products.views)
  const trust = trustDocuments(config, schema, () => metrics.limits.refused('DOCUMENT_NOT_TRUSTED'))
  const transport = createTransport()
  const replicas = config.redis === null ? null : await joinReplicas(config, config.redis, log, metrics.redis)
  const turns = createTurns()
  const core = createCore(config, tools, { transport, replicas, turns }, products.providers)
  const reportUnexpected = (err: unknown): string => {
    const id = randomUUID()
    log.error({ err, id }, 'an error that nobody expected')
    return id
  }
  const admission = createLimits(config, tools)
  const reportRequest = createRequestReport(metrics, log)
  const graph = createGraphServer({
    schema,
    introspection: config.http.introspection,
    production: config.production,
    admission,
    trust,
    reportUnexpected,
    reportRequest,
    maxAgeMs: config.upstream.cacheTtlMs,
    now: clock.now,
  })
  await graph.start()
  const live = createLiveChanges(core, tools, reportUnexpected)
  const parts = {
    core,
    live,
    deadlineMs,
    maxWatchedIds: config.live.idsPerSubscription,
    now: clock.now,
    products,
    traces: tools.traces ?? null,
  }
  const http = createHttpServer({
    graph,
    authenticate: await createAuthenticate(config, tools),
    createContext: (...about) => createContext(parts, ...about),
    deadlineMs,
    loopback: config.http.loopback,
    bodyLimitBytes: config.http.bodyLimitBytes,
    timeouts: config.limits.timeouts,
    turns,
    overload: {
      // Whoever comes then waits somewhat longer before anything is begun, and is to be answered in time all the same.
      maxWaitingMs: deadlineMs / 3,
      maxInFlight: config.limits.maxInFlight,
      pressure: config.limits.pressure,
      refused: () => metrics.limits.refused('OVERLOADED'),
    },
    repeats: createRepeats(config, tools, admission, reportRequest),
    allowedOrigins: config.limits.corsOrigins,
    graphiqlRoot: config.http.graphiql ? GRAPHIQL_ROOT : null,
    live: {
      operations: createOperations({
        schema,
        introspection: config.http.introspection,
        production: config.production,
        admission,
        trust,
        deadlineMs,
        now: clock.now,
        reportUnexpected,
        reportRequest,
      }),
      maxConnections: config.live.connections,
      maxOperations: config.live.subscriptionsPerConnection,
      pingMs: PING_MS,
      report: metrics.live,
      now: clock.now,
    },
    reportUnexpected,
    log,
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
      await http.close()
      await live.close()
      await graph.stop()
      await admin?.close()
      await transport.close()
      await replicas?.close()
    },
  }
}
