import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Authenticate, Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import { answerError, answerNotFound, answerWrongMethod, type ReportUnexpected } from './errors'
import { createAuthentication } from './authentication'
import { graphiqlPage } from './graphiql'
import { serveLive, type LiveSocketOptions } from './live-sockets'
import { isLocalHost } from './local-host'
import { requestFacts, requestIdOf, tellRequestId } from './request-id'
import { trackUnused } from './unused-connections'
import { requestSignal } from './request-signal'

export interface HttpOptions {
  readonly graph: ApolloServer<GraphContext>
  readonly authenticate: Authenticate
  /** A new context; the signal aborts at the deadline, or when the client has gone. */
  readonly createContext: (
    signal: AbortSignal,
    session: Session,
    address: string,
    request?: RequestFacts,
  ) => GraphContext
  /** True where only this machine reaches us: then a foreign `Host` is refused. */
  readonly loopback: boolean
  readonly bodyLimitBytes: number
  /** How long one request may wait on the upstreams. */
  readonly deadlineMs: number
  /** The folder of the built GraphiQL page; null where it is switched off. */
  readonly graphiqlRoot: string | null
  readonly live: LiveOptions
  readonly reportUnexpected: ReportUnexpected
  readonly log: FastifyBaseLogger
}

/** What is served over WebSocket beside the rest. */
type LiveOptions = Omit<LiveSocketOptions, 'authenticate' | 'createContext' | 'loopback' | 'reportUnexpected'>

export interface HttpServer {
  readonly server: FastifyInstance
  /** From now on `/readyz` says no, and connections are closed behind their answer. */
  stopTraffic(): void
  /** Closes the WebSockets, and then everything behind the requests that are in flight. */
  close(): Promise<void>
}

/** A request that dribbles in is closed; Node looks for such connections every half second. */
const TIMEOUTS = { connectionsCheckingInterval: 500, headersTimeout: 10_000, requestTimeout: 15_000 }

/** Everything that is served on the public port. */
export function createHttpServer(options: HttpOptions): HttpServer {
  let isReady = true
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    answerError(error, request, reply, options.reportUnexpected)
  const server = fastify({
    bodyLimit: options.bodyLimitBytes,
    http: TIMEOUTS,
    forceCloseConnections: 'idle',
    genReqId: requestIdOf,
    // A path that cannot be decoded never comes to the handler below.
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
  })
  server.setErrorHandler(onError)
  server.setNotFoundHandler(answerNotFound)
  server.addHook('onRequest', tellRequestId)
  if (options.loopback) server.addHook('onRequest', refuseForeignHost)
  const authentication = createAuthentication(options.authenticate)
  const closeUnused = trackUnused(server.server)
  const { authenticate, createContext, loopback, reportUnexpected } = options
  const live = serveLive(server.server, {
    ...options.live,
    authenticate,
    createContext,
    loopback,
    reportUnexpected,
  })
  server.addHook('preClose', (done) => {
    closeUnused()
    done()
  })
  server.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('x-content-type-options', 'nosniff')
    if (!isReady) void reply.header('connection', 'close')
    done(null, payload)
  })
  server.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'))
  server.get('/readyz', (_request, reply) =>
    reply
      .code(isReady ? 200 : 503)
      .type('text/plain')
      .send(isReady ? 'ready\n' : 'draining\n'),
  )
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: authentication.onRequest,
    handler: fastifyApolloHandler(options.graph, {
      context: (request, reply) =>
        Promise.resolve(
          options.createContext(
            requestSignal(reply.raw, options.deadlineMs),
            authentication.sessionOf(request),
            request.ip,
            requestFacts(request),
          ),
        ),
    }),
  })
  server.route({ method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/graphql', handler: answerWrongMethod })
  if (options.graphiqlRoot !== null) void server.register(graphiqlPage, { root: options.graphiqlRoot })
  return {
    server,
    stopTraffic: () => void (isReady = false),
    async close() {
      await live.close()
      await server.close()
    },
  }
}

function refuseForeignHost(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (isLocalHost(request.headers.host)) {
    done()
    return
  }
  void reply.code(403).send({
    errors: [
      {
        message: 'This address serves localhost only: the Host header must name it',
        extensions: { code: 'FORBIDDEN' },
      },
    ],
  })
}
