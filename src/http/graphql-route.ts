import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance } from 'fastify'
import type { Authenticate, Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import { createAuthentication } from './authentication'
import { answerWrongMethod } from './errors'
import { type OverloadOptions, refuseOverload } from './overload'
import { refuseEncodedBody } from './plain-body'
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
  readonly overload: OverloadOptions
}

/** Fastify plugin: `/graphql`. What can be refused is refused before the body is read, the cheapest first. */
export async function graphqlRoute(part: FastifyInstance, options: GraphqlRouteOptions): Promise<void> {
  const { graph, authenticate, createContext, deadlineMs, overload } = options
  const authentication = createAuthentication(authenticate)
  await refuseOverload(part, overload)
  part.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: [refuseEncodedBody, authentication.onRequest],
    handler: fastifyApolloHandler(graph, {
      context: (request, reply) =>
        Promise.resolve(
          createContext(
            requestSignal(reply.raw, deadlineMs),
            authentication.sessionOf(request),
            request.ip,
            requestFacts(request),
          ),
        ),
    }),
  })
  part.route({ method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/graphql', handler: answerWrongMethod })
}
