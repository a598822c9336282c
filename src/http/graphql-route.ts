import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import type { Authenticate, Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import type { Turns } from '../event-loop-scheduler'
import { authenticating, sessionOf } from './authentication'
import { answerWrongMethod } from './errors'
import { type OverloadOptions, refuseOverload } from './load-shedding'
import { refuseEncodedBody } from './plain-body'
import { repeating, type ContextOf, type RepeatOptions } from '../graphql/pipeline/response-cache'
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

declare module 'fastify' {
  interface FastifyRequest {
    /** Null before it is first asked for. */
    graphContext: GraphContext | null
  }
}

/** Fastify plugin: `/graphql`. What can be refused is refused before the body is read, the cheapest first. */
export async function graphqlRoute(part: FastifyInstance, options: GraphqlRouteOptions): Promise<void> {
  const { graph, authenticate, turns, overload, repeats } = options
  const contextOf = createContexts(options)
  part.decorateRequest('session', null)
  part.decorateRequest('graphContext', null)
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
    onRequest: [refuseEncodedBody, authenticating(authenticate)],
    handler: repeats === null ? run : repeating(run, contextOf, repeats),
  })
  part.route({ method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/graphql', handler: answerWrongMethod })
}

function createContexts({ createContext, deadlineMs }: GraphqlRouteOptions): ContextOf {
  return (request, reply) =>
    (request.graphContext ??= createContext(
      requestSignal(reply.raw, deadlineMs),
      sessionOf(request),
      request.ip,
      requestFacts(request),
    ))
}
