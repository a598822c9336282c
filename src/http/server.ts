import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { ReportLimit } from '../graphql/refusal'
import type { ReportUnexpected } from '../graphql/errors'
import { answerError, answerForbidden, answerNotFound, answerClientError } from './errors'
import { graphiqlPage } from './graphiql'
import { graphqlRoute, type GraphqlRouteOptions } from './graphql-route'
import { serveWebSockets, type WebSocketOptions } from './websocket-server'
import { FOREIGN_HOST, isLocalHost, requestIdOf, tellRequestId } from './request'
import { createLoadShedding, type LoadSheddingOptions } from './load-shedding'
import type { FastifyCorsOptions } from '@fastify/cors'

interface HttpOptions extends GraphqlRouteOptions {
  /** True if only this machine reaches the server: then a foreign `Host` is refused. */
  readonly loopback: boolean
  readonly bodyLimitBytes: number
  /** How long a request may take to come in. */
  readonly timeouts: { readonly headersMs: number; readonly requestMs: number }
  /** Origins other than our own whose pages may send requests. */
  readonly allowedOrigins: readonly string[]
  /** The folder of the built GraphiQL page; null where it is switched off. */
  readonly graphiqlRoot: string | null
  readonly loadShedding: Omit<LoadSheddingOptions, 'scheduler' | 'refused'>
  readonly websocket: Pick<
    WebSocketOptions,
    'maxConnections' | 'callerShare' | 'maxOperations' | 'pingMs' | 'report'
  >
  readonly schema: GraphQLSchema
  readonly now: () => number
  readonly reportUnexpected: ReportUnexpected
  readonly reportLimit: ReportLimit
  readonly log: FastifyBaseLogger
}

interface HttpServer {
  readonly server: FastifyInstance
  /** From now on `/readyz` returns 503, and every response closes its connection. */
  stopTraffic(): void
  /** Closes the WebSockets, and then the server once the requests in flight are answered. */
  close(): Promise<void>
}

/** How often Node looks for requests that dribble in. */
const CHECK_MS = 500

/** Everything that is served on the public port. */
export function createHttpServer(options: HttpOptions): HttpServer {
  let isReady = true
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    answerError(error, request, reply, options)
  const server = fastify({
    bodyLimit: options.bodyLimitBytes,
    http: {
      connectionsCheckingInterval: CHECK_MS,
      headersTimeout: options.timeouts.headersMs,
    },
    requestTimeout: options.timeouts.requestMs,
    clientErrorHandler: answerClientError,
    forceCloseConnections: 'idle',
    genReqId: requestIdOf,
    // Else Fastify loads its compilers, with their 100 modules, at every start.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    // A path that cannot be decoded never comes to the handler below.
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
  })
  server.setErrorHandler(onError)
  server.setNotFoundHandler(answerNotFound)
  server.addHook('onRequest', tellRequestId)
  if (options.loopback) server.addHook('onRequest', refuseForeignHost)
  const closeIdle = trackIdle(server.server)
  const { scheduler, reportLimit: refused } = options
  const loadShedding = createLoadShedding(server, { ...options.loadShedding, scheduler, refused })
  const webSockets = serveWebSockets(server.server, { ...options, ...options.websocket, loadShedding })
  inOrder(server.server, webSockets.upgrade)
  server.addHook('preClose', (done) => {
    closeIdle()
    done()
  })
  if (options.allowedOrigins.length > 0)
    void server.register(import('@fastify/cors'), corsOptions(options.allowedOrigins))
  server.addHook('onSend', addSecurityHeaders)
  server.addHook('onSend', (_request, reply, payload, done) => {
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
  void server.register(graphqlRoute, { ...options, loadShedding })
  if (options.graphiqlRoot !== null) void server.register(graphiqlPage, { root: options.graphiqlRoot })
  return {
    server,
    stopTraffic: () => void (isReady = false),
    async close() {
      await webSockets.close()
      await server.close()
    },
  }
}

function refuseSchema(): never {
  throw new Error('no route has a schema')
}

function refuseForeignHost(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (isLocalHost(request.headers.host)) {
    done()
    return
  }
  void answerForbidden(new Error(FOREIGN_HOST), reply)
}

/**
 * Returns a function that closes the connections on which nothing was ever asked. Node counts them as busy, so that a
 * browser's spare connection would keep a closing server open for good. WebSockets are closed before that is called.
 */
function trackIdle(server: Server): () => void {
  const unused = new Set<Socket>()
  server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return () => {
    for (const socket of unused) socket.destroy()
  }
}

/**
 * For responses that are data: nothing in them may run, be framed, or be embedded. A page sets its own.
 * Four constant headers: @fastify/helmet would be two dependencies for little.
 */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Adds to every response the headers that it lacks. */
function addSecurityHeaders(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  for (const [name, value] of Object.entries(HEADERS))
    if (!reply.hasHeader(name)) void reply.header(name, value)
  done(null, payload)
}

/** What a page may send: who asks, and what shows that it was asked by a script. */
const ALLOWED_HEADERS = [
  'content-type',
  'authorization',
  'x-api-key',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'traceparent',
  'tracestate',
]
const PREFLIGHT_SECONDS = 600

/** Lets pages of these origins read what they ask, and no others; cookies play no part. */
function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin(origin, decide) {
      decide(null, origin !== undefined && origins.includes(origin) ? origin : false)
    },
    methods: ['GET', 'POST'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: ['retry-after'],
    credentials: false,
    maxAge: PREFLIGHT_SECONDS,
    // An OPTIONS request that is no preflight gets 405, as on every route.
    strictPreflight: false,
  }
}

/**
 * Handles requests to upgrade, each when what was asked before it on the same connection is answered: Node hands them
 * over as soon as it has read them.
 */
function inOrder(
  server: Server,
  handle: (request: IncomingMessage, stream: Duplex, head: Buffer) => void,
): void {
  const answering = new Map<Duplex, Set<ServerResponse>>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const own = answering.get(socket) ?? new Set()
    answering.set(socket, own.add(response))
    response.once('close', () => {
      own.delete(response)
      if (own.size === 0) answering.delete(socket)
    })
  })
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const earlier = answering.get(stream)
    if (earlier === undefined) {
      handle(request, stream, head)
      return
    }
    const fail = () => stream.destroy()
    stream.on('error', fail)
    const closed = [...earlier].map((response) => new Promise((resolve) => response.once('close', resolve)))
    void Promise.all(closed).then(() => {
      stream.off('error', fail)
      if (stream.writable) handle(request, stream, head)
    })
  })
}
