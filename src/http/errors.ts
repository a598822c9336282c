import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuthenticationUnavailable } from '../auth/authenticate'
import { NO_COST, upstreamCost } from '../call-cost'
import { OVERLOADED, OVERLOADED_RETRY_AFTER_MS } from '../graphql/refusal'

/** Told of an error that nobody expected; returns the id by which the log has it. */
export type ReportUnexpected = (error: unknown) => string

/** What is wrong with a request before GraphQL sees it, in GraphQL's shape. */
export function answerError(
  error: unknown,
  _request: FastifyRequest,
  reply: FastifyReply,
  report: ReportUnexpected,
): FastifyReply {
  const status = statusOf(error)
  if (status >= 500) return answer(reply, 500, 'INTERNAL_SERVER_ERROR', `Internal error ${report(error)}`)
  return answer(reply, status, 'BAD_REQUEST', error instanceof Error ? error.message : 'Bad request')
}

export function answerUnauthenticated({ message }: Error, reply: FastifyReply): FastifyReply {
  return answer(reply.header('www-authenticate', 'Bearer'), 401, 'UNAUTHENTICATED', message)
}

export function answerForbidden({ message }: Error, reply: FastifyReply): FastifyReply {
  return answer(reply, 403, 'FORBIDDEN', message)
}

export function answerAuthenticationUnavailable(
  { message, retryAfterMs }: AuthenticationUnavailable,
  reply: FastifyReply,
): FastifyReply {
  void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return answer(reply, 503, 'AUTHENTICATION_UNAVAILABLE', message, { retryAfterMs })
}

export function answerOverloaded(reply: FastifyReply): FastifyReply {
  void reply.header('retry-after', String(Math.ceil(OVERLOADED_RETRY_AFTER_MS / 1000)))
  return answer(reply, 503, 'OVERLOADED', OVERLOADED, { retryAfterMs: OVERLOADED_RETRY_AFTER_MS })
}

export function answerEncoded(reply: FastifyReply): FastifyReply {
  return answer(reply, 415, 'BAD_REQUEST', 'The body must be sent as it is, without a content-encoding')
}

export function answerNotFound({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = url.split('?')[0] ?? ''
  return answer(reply, 404, 'BAD_REQUEST', `Nothing is served for ${method} ${path}; the API is at /graphql`)
}

export function answerWrongMethod({ method }: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.header('allow', 'GET, POST')
  return answer(
    reply,
    405,
    'BAD_REQUEST',
    `${method} is not served at /graphql; POST the operation, or GET a query`,
  )
}

/** No upstream was asked, which every answer says of itself. */
function answer(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  facts: Readonly<Record<string, number>> = {},
): FastifyReply {
  const upstream = upstreamCost(NO_COST)
  return reply
    .code(status)
    .send({ errors: [{ message, extensions: { code, ...facts } }], extensions: { upstream } })
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
