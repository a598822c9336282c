import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { createAuthenticate } from './app/authenticate'
import { ownerAmong } from './providers/provider'
import { createCore, type AppTools } from './app/core'
import { createLiveChanges } from './app/live'
import { joinReplicas } from './app/replicas'
import { createResponses } from './app/response-cache'
import { createAccessLog } from './app/access-log'
import { PRODUCTS, type Products } from './app/products'
import { trustDocuments } from './app/trusted-documents'
import type { Config } from './config'
import { buildSubgraph } from './federation/subgraph'
import { createContext } from './graphql/context'
import { createAdmission } from './graphql/pipeline/admission'
import { createCallerRateLimiter } from './graphql/pipeline/caller-rate-limiter'
import { createGraphServer } from './graphql/pipeline/server'
import { createAddressOf } from './http/client-address'
import { createHttpServer } from './http/server'
import { startAdmin, type AdminServer } from './telemetry/admin'
import { createTransport, loadProxy } from './tencent/transport'
import { createScheduler } from './event-loop-scheduler'

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
  const transport = createTransport({ proxy: await loadProxy(config.upstream.proxy ?? null) })
  const replicas = config.redis === null ? null : await joinReplicas(config, config.redis, log, metrics.redis)
  const scheduler = createScheduler()
  const core = createCore(config, tools, { transport, replicas, scheduler }, products.providers)
  const reportUnexpected = (err: unknown): string => {
    const id = randomUUID()
    log.error({ err, id }, 'an error that nobody expected')
    return id
  }
  const { maxCost, maxObjects, callerRate } = config.limits
  const admission = createAdmission({
    maxCost,
    maxObjects,
    limiter: callerRate === 0 ? null : createCallerRateLimiter(callerRate, clock.now),
    report: metrics.limits,
  })
  const reportOperation = createAccessLog(metrics, log)
  const graph = createGraphServer({
    schema,
    introspection: config.http.introspection,
    servesSdl: config.http.introspection || config.routerSecret !== null,
    production: config.production,
    admission,
    trust,
    reportUnexpected,
    reportOperation,
    maxAgeMs: config.upstream.cacheTtlMs,
    now: clock.now,
  })
  await graph.apollo.start()
  const live = createLiveChanges(core, tools, reportUnexpected)
  const parts = {
    core,
    live,
    deadlineMs,
    maxAnswerBytes: config.limits.maxAnswerBytes,
    maxWatchedIds: config.live.idsPerSubscription,
    ownerOf: ownerAmong(products.providers),
    views: products.views,
    now: clock.now,
    traces: tools.traces ?? null,
  }
  const http = createHttpServer({
    graph,
    schema,
    authenticate: await createAuthenticate(config, tools),
    createContext: (...about) => createContext(parts, ...about),
    deadlineMs,
    now: clock.now,
    loopback: config.http.loopback,
    bodyLimitBytes: config.http.bodyLimitBytes,
    timeouts: config.limits.timeouts,
    scheduler,
    addressOf: createAddressOf(config.limits.trustedProxies),
    loadShedding: {
      // A request that waits somewhat longer to be started must still be answered in time.
      maxWaitingMs: deadlineMs / 3,
      maxInFlight: config.limits.maxInFlight,
      callerShare: config.limits.callerShare,
      pressure: config.limits.pressure,
      refused: () => metrics.limits.refused('OVERLOADED'),
    },
    responseCache: createResponses(config, tools, { admission, reportOperation }),
    allowedOrigins: config.limits.corsOrigins,
    graphiqlRoot: config.http.graphiql ? GRAPHIQL_ROOT : null,
    websocket: {
      maxConnections: config.live.connections,
      callerShare: config.limits.callerShare,
      maxOperations: config.live.subscriptionsPerConnection,
      pingMs: PING_MS,
      report: metrics.live,
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
      await graph.apollo.stop()
      await admin?.close()
      await transport.close()
      await replicas?.close()
    },
  }
}
