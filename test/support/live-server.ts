import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { Authenticate } from '../../src/auth/authenticate'
import { buildSubgraph } from '../../src/federation/subgraph'
import { createScheduler } from '../../src/event-loop-scheduler'
import { createContexts } from '../../src/graphql/context'
import type { OperationReport } from '../../src/graphql/pipeline/finish'
import { createAdmission } from '../../src/graphql/pipeline/admission'
import { NO_RESPONSE_CACHE } from '../../src/graphql/pipeline/response-cache'
import { createGraphServer } from '../../src/graphql/pipeline/server'
import { CallerSlots } from '../../src/http/load-shedding'
import { serveWebSockets } from '../../src/http/websocket-server'
import { TASK_VIEWS } from '../../src/graphql/schema/task-view'
import { ANYONE } from '../../src/tasks/caller'
import { CursorCodec } from '../../src/tasks/cursor'
import { TaskService } from '../../src/tasks/service'
import { HandLive } from './hand-live'

export interface LiveServerOptions {
  readonly authenticate?: Authenticate
  readonly maxConnections?: number
  readonly callerShare?: number
  readonly maxOperations?: number
  readonly maxWatchedIds?: number
  readonly allowedOrigins?: readonly string[]
  readonly pingMs?: number
}

export interface LiveServer {
  readonly url: string
  readonly live: HandLive
  /** What nobody expected. */
  readonly unexpected: readonly unknown[]
  /** How many are open and under way, how many results were sent, and how connections were closed. */
  readonly seen: { connections: number; operations: number; results: number; readonly closes: number[] }
  /** The limits that refused something. */
  readonly limits: readonly string[]
  /** Operations that have ended. */
  readonly reports: readonly EndedOperation[]
  close(): Promise<void>
}

export interface EndedOperation extends OperationReport {
  readonly requestId: string
}

const DEADLINE_MS = 5000
const anyone: Authenticate = () => Promise.resolve({ caller: ANYONE, expiresMs: null, isRouter: true })

/** WebSockets over live changes that a test tells by hand, and no upstream; other requests are answered with their body. */
export async function startLiveServer(options: LiveServerOptions = {}): Promise<LiveServer> {
  const live = new HandLive()
  const unexpected: unknown[] = []
  const reportUnexpected = (error: unknown): string => String(unexpected.push(error))
  const reports: EndedOperation[] = []
  const limits: string[] = []
  const seen = { connections: 0, operations: 0, results: 0, closes: [] as number[] }
  const parts = {
    core: emptyCore(),
    live,
    deadlineMs: DEADLINE_MS,
    maxAnswerBytes: 5_000_000,
    maxWatchedIds: options.maxWatchedIds ?? 100,
    ownerOf: () => null,
    views: TASK_VIEWS,
    now: Date.now,
  }
  const { schema } = buildSubgraph()
  const graph = createGraphServer({
    schema,
    introspection: true,
    servesSdl: true,
    production: false,
    trust: null,
    admission: createAdmission({
      maxCost: Infinity,
      maxObjects: 50_000,
      limiter: null,
      report: { operationCost: () => undefined },
    }),
    maxAgeMs: 0,
    now: Date.now,
    errorReport: { unexpected: reportUnexpected, exceeded: () => undefined },
    reportOperation: (report, { requestId }) => void reports.push({ ...report, requestId }),
  })
  await graph.apollo.start()
  const server = createServer((request, response) => void request.pipe(response))
  const sockets = serveWebSockets(server, {
    graph,
    schema,
    scheduler: createScheduler(),
    responseCache: NO_RESPONSE_CACHE,
    loadShedding: {
      isOverloaded: () => false,
      arriving: new CallerSlots(Infinity, 1, () => undefined, 'in_flight'),
      inFlight: new CallerSlots(Infinity, 1, () => undefined, 'in_flight'),
    },
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
    callerShare: options.callerShare ?? 1,
    deadlineMs: DEADLINE_MS,
    authenticate: options.authenticate ?? anyone,
    createContext: createContexts(parts),
    loopback: true,
    maxConnections: options.maxConnections ?? 100,
    maxOperations: options.maxOperations ?? 100,
    allowedOrigins: options.allowedOrigins ?? [],
    reportLimit: (limit: string) => void limits.push(limit),
    pingMs: options.pingMs ?? 60_000,
    now: Date.now,
    report: {
      connections: (change) => (seen.connections += change),
      operations: (change) => (seen.operations += change),
      result: () => (seen.results += 1),
      closed: (code) => seen.closes.push(code),
    },
    reportUnexpected,
  })
  server.on('upgrade', sockets.upgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? '') : ''}`,
    live,
    unexpected,
    seen,
    reports,
    limits,
    async close() {
      await sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await graph.apollo.stop()
    },
  }
}

function emptyCore(): TaskService {
  return new TaskService([], {
    cursors: new CursorCodec([randomBytes(32)]),
    now: Date.now,
    scanCalls: 1,
    toleranceSeconds: 0,
    maxAgeMs: 0,
  })
}
