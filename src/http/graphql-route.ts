import type { ServerResponse } from 'node:http'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Authenticate } from '../auth/authenticate'
import { NO_COST, upstreamCost } from '../call-cost'
import type { EventLoopScheduler } from '../event-loop-scheduler'
import type { CreateContext, GraphContext } from '../graphql/context'
import { CachedResponse, type ResponseCache, responseCacheKey } from '../graphql/pipeline/response-cache'
import type { GraphServer } from '../graphql/pipeline/server'
import { isRecord } from '../lib/is-record'
import { authenticating, sessionOf, type AddressOf, requestFacts } from './request'
import { answerEncoded, answerWrongMethod } from './errors'
import { countingRequests, type LoadShedding, sheddingLoad } from './load-shedding'
import { afterTimer, deadlinePassed } from '../time-limit'

export interface GraphqlRouteOptions {
  readonly graph: GraphServer
  readonly authenticate: Authenticate
  readonly createContext: CreateContext
  /** How long one request may wait for upstreams. */
  readonly deadlineMs: number
  readonly scheduler: EventLoopScheduler
  readonly addressOf: AddressOf
  readonly responseCache: ResponseCache
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until its body was read. */
    graphContext: GraphContext | null
  }
}

const EMPTY_PARAMETER = /^(operationName|variables|extensions)=?$/

/** Values of `accept` whose content type is known. */
const MAX_ACCEPTS = 100
const LONGEST_ACCEPT = 256

/** Fastify plugin: `/graphql`. Refuses what it can before the body is read, the cheapest check first. */
export function graphqlRoute(
  part: FastifyInstance,
  options: GraphqlRouteOptions & { readonly loadShedding: LoadShedding },
): Promise<void> {
  part.decorateRequest('session', null)
  part.decorateRequest('graphContext', null)
  part.decorateRequest('taken', null)
  part.addHook('onRequest', sheddingLoad(options.loadShedding))
  const counting = countingRequests(options.loadShedding, options.addressOf)
  part.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: [rejectCompressedBody, authenticating(options.authenticate), counting.onRequest],
    preHandler: counting.preHandler,
    handler: createHandler(options),
  })
  part.route({ method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/graphql', handler: answerWrongMethod })
  return Promise.resolve()
}

function createHandler({
  graph,
  createContext,
  addressOf,
  deadlineMs,
  scheduler,
  responseCache,
}: GraphqlRouteOptions): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const apollo = fastifyApolloHandler(graph.apollo, {
    context: ({ graphContext }) => Promise.resolve(graphContext ?? fail()),
  })
  /** The content type of a response depends on `accept` alone; Apollo knows how. */
  const contentTypes = new LRUCache<string, string>({ max: MAX_ACCEPTS })
  const note = (accept: string, reply: FastifyReply): void => {
    const type = reply.getHeader('content-type')
    if (reply.statusCode === 200 && typeof type === 'string' && accept.length <= LONGEST_ACCEPT)
      contentTypes.set(accept, type)
  }

  return async function (this: FastifyInstance, request, reply) {
    const session = sessionOf(request)
    leaveOutEmpty(request)
    const signal = requestSignal(reply.raw, deadlineMs)
    const context = createContext(signal, session, addressOf(request.raw), requestFacts(request, 'http'))
    request.graphContext = context
    const { accept = '' } = request.headers
    const isPost = request.method === 'POST'
    // Sends the response instead of returning it: promises that are older than it would keep it from being collected early.
    const execute = async (): Promise<void> => {
      await scheduler.yieldTurn('begin')
      const body = withUpstream(await apollo.call(this, request, reply), reply.statusCode)
      if (isPost && !contentTypes.has(accept)) note(accept, reply)
      void reply.send(body)
    }
    const key = isPost ? responseCacheKey(request.body, session.caller, session.isRouter) : null
    const response = await responseCache.respond(key, context, execute, () => contentTypes.has(accept))
    if (!(response instanceof CachedResponse)) return undefined
    void reply.headers({ 'cache-control': 'no-store', 'content-type': contentTypes.get(accept) ?? '' })
    return response.text
  }
}

/** No operation has an empty name, and no parameter of a GET is an empty text: it is as good as not given. */
function leaveOutEmpty({ raw, body, method }: FastifyRequest): void {
  if (isRecord(body) && body['operationName'] === '') Reflect.deleteProperty(body, 'operationName')
  if (method !== 'GET' || raw.url === undefined) return
  const at = raw.url.indexOf('?') + 1
  if (at === 0) return
  const given = raw.url
    .slice(at)
    .split('&')
    .filter((pair) => !EMPTY_PARAMETER.test(pair))
  raw.url = raw.url.slice(0, at) + given.join('&')
}

/** What Apollo refuses before the pipeline has not asked any upstream either. */
function withUpstream(body: unknown, status: number): unknown {
  if (status < 400 || typeof body !== 'string') return body
  const answer: unknown = JSON.parse(body)
  if (!isRecord(answer) || answer['extensions'] !== undefined) return body
  return JSON.stringify({ ...answer, extensions: { upstream: upstreamCost(NO_COST) } })
}

function fail(): never {
  throw new Error('the request has no context')
}

/** Refuses a compressed body before it is read: a small one could become very large. */
function rejectCompressedBody(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() === 'identity') done()
  else void answerEncoded(reply)
}

/** Aborts at the deadline, with a TimeoutError, or when the connection closes before the answer was sent. */
function requestSignal(response: ServerResponse, deadlineMs: number): AbortSignal {
  const ending = new AbortController()
  const callOff = afterTimer(() => ending.abort(deadlinePassed()), deadlineMs)
  response.once('close', () => {
    callOff()
    if (!response.writableFinished) ending.abort()
  })
  return ending.signal
}
