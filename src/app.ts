import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { createAuthenticate } from './app/authenticate'
import { ownerAmong, type Provider } from './providers/provider'
import { createCore, type AppTools } from './app/core'
import { joinReplicas } from './app/replicas'
import { createResponses } from './app/caching'
import { createAccessLog } from './app/observe'
import { type Config, ConfigError } from './config'
import { buildSubgraph } from './federation/subgraph'
import { createContexts } from './graphql/context'
import { createAdmission, createCallerRateLimiter } from './graphql/pipeline/admission'
import { createGraphServer } from './graphql/pipeline/server'
import { LIMIT_CODES, type Limit } from './graphql/refusal'
import { createAddressOf } from './http/request'
import { createHttpServer } from './http/server'
import { startAdmin, type AdminServer } from './telemetry/admin'
import { createTransport, loadProxy } from './tencent/transport'
import { createScheduler } from './event-loop-scheduler'
import { createLive, type ClosableLive } from './live/create-live'
import type { TaskService } from './tasks/service'
import { afterTimer } from './time-limit'
import { specifiedRules, validate, type GraphQLSchema } from 'graphql'
import { documentProblem } from './config/trusted-documents'
import { validationRules, createTrust, type Trust, withoutAbort } from './graphql/pipeline/validation-rules'
import { TASK_VIEWS, type TaskView } from './graphql/schema/task-view'
import { PROVIDERS } from './providers'

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
  const trust = trustDocuments(config, schema)
  const transport = createTransport({ proxy: await loadProxy(config.upstream.proxy ?? null) })
  const replicas = config.redis === null ? null : await joinReplicas(config, config.redis, log, metrics.redis)
  const scheduler = createScheduler()
  const core = createCore(config, tools, { transport, replicas, scheduler }, products.providers)
  const reportUnexpected = (err: unknown): string => {
    const id = randomUUID()
    log.error({ err, id }, 'an error that nobody expected')
    return id
  }
  const reportLimit = (limit: Limit): void => metrics.limits.refused(limit, LIMIT_CODES[limit])
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
    errorReport: { unexpected: reportUnexpected, exceeded: reportLimit },
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
    createContext: createContexts(parts),
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
    },
    reportLimit,
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

/** Live changes on the clock of this process, counted. */
function createLiveChanges(
  core: TaskService,
  { clock, metrics }: Pick<AppTools, 'clock' | 'metrics'>,
  reportUnexpected: (error: unknown) => void,
): ClosableLive {
  return createLive({
    core,
    clock,
    later: afterTimer,
    observe: {
      round(source, { failure, lagMs }) {
        metrics.live.round(source, failure === null ? 'ok' : failure.code, lagMs)
      },
      event: (source, kind) => metrics.live.event(source, kind),
      subscriptions: (kind, now) => metrics.live.subscriptions(kind, now),
      unexpected: reportUnexpected,
    },
  })
}

/**
 * Which documents may run; null where any may.
 * @throws ConfigError where one of them never could
 */
function trustDocuments({ trustedDocuments }: Config, schema: GraphQLSchema): Trust | null {
  if (trustedDocuments === null) return null
  const rules = [...specifiedRules, ...validationRules(null, true)]
  const problems = trustedDocuments.flatMap(({ file, document }) =>
    withoutAbort(validate(schema, document, rules)).map(({ message }) => documentProblem(file, message)),
  )
  if (problems.length > 0) throw new ConfigError(problems)
  return createTrust(trustedDocuments.map(({ document }) => document))
}

/** What the gateway knows of each product: how it is asked, and how its tasks are shown. */
export interface Products {
  readonly providers: readonly Provider[]
  readonly views: readonly TaskView[]
}

/** Those that it ships with. */
export const PRODUCTS: Products = { providers: PROVIDERS, views: TASK_VIEWS }
