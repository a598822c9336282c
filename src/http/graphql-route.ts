import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Authenticate, Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import type { Turns } from '../turns'
import { createAuthentication } from './authentication'
import { answerWrongMethod } from './errors'
import { type OverloadOptions, refuseOverload } from './overload'
import { refuseEncodedBody } from './plain-body'
import { repeating, type RepeatOptions, type RequestParts } from './repeats'
import { requestFacts } from './request-id'
import { requestSignal } from './request-signal'

export interface GraphqlRouteOptions {
  readonly graph: ApolloServer<GraphContext>
  readonly authenticate: Authenticate
  /** A new context; the signal aborts at the deadline, or when the client has gone. */
  readonly createContext: (
    signal: AbortSignal,
    session: Session,
    address: string,
    request: RequestFacts,
  ) => GraphContext
  /** How long one request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly turns: Turns
  readonly overload: OverloadOptions
  /** How equal questions are answered by one answer; null where nothing is to be served again. */
  readonly repeats: RepeatOptions | null
}

/** Fastify plugin: `/graphql`. What can be refused is refused before the body is read, the cheapest first. */
export async function graphqlRoute(part: FastifyInstance, options: GraphqlRouteOptions): Promise<void> {
  const { graph, authenticate, turns, overload, repeats } = options
  const authentication = createAuthentication(authenticate)
  const { sessionOf } = authentication
  const contextOf = createContexts(sessionOf, options)
  const execute = fastifyApolloHandler(graph, {
    context: (request, reply) => Promise.resolve(contextOf(request, reply)),
  })
  const run: RouteHandlerMethod = async function (request, reply) {
    // Its time runs from now on.
    contextOf(request, reply)
    await turns.take('begin')
    return execute.call(this, request, reply)
  }
  await refuseOverload(part, overload, turns)
  part.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: [refuseEncodedBody, authentication.onRequest],
    handler: repeats === null ? run : repeating(run, { sessionOf, contextOf }, repeats),
  })
  part.route({ method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/graphql', handler: answerWrongMethod })
}

function createContexts(
  sessionOf: RequestParts['sessionOf'],
  { createContext, deadlineMs }: GraphqlRouteOptions,
): RequestParts['contextOf'] {
  const contexts = new WeakMap<FastifyRequest, GraphContext>()
  return (request, reply) => {
    const known = contexts.get(request)
    if (known !== undefined) return known
    const signal = requestSignal(reply.raw, deadlineMs)
    const context = createContext(signal, sessionOf(request), request.ip, requestFacts(request))
    contexts.set(request, context)
    return context
  }
}
