import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuthenticationUnavailable } from '../auth/authenticate'
import { NO_COST, upstreamCost } from '../call-cost'
import type { ReportUnexpected } from '../graphql/errors'
import { OVERLOADED, OVERLOADED_RETRY_AFTER_MS, type ReportLimit } from '../graphql/refusal'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

const TOO_LARGE = 413

/** What is wrong with a request before GraphQL sees it, in GraphQL's shape. */
export function answerError(
  error: unknown,
  _request: FastifyRequest,
  reply: FastifyReply,
  report: { readonly reportUnexpected: ReportUnexpected; readonly reportLimit: ReportLimit },
): FastifyReply {
  const status = statusOf(error)
  if (status >= 500)
    return answer(reply, 500, 'INTERNAL_SERVER_ERROR', `Internal error ${report.reportUnexpected(error)}`)
  if (status === TOO_LARGE) report.reportLimit('body_bytes')
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

/** A response as bytes, for a socket without a reply object. The connection closes after it. */
export function rawHttpResponse(status: number, code: string, message: string): string {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

const PROBLEMS: Readonly<Record<string, { readonly status: number; readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The request line and headers are larger than 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request did not come in time' },
}
const NO_HTTP = { status: 400, message: 'This is no HTTP request' }

/** Answers what Node could not parse as a request, and closes: the rest of the connection cannot be parsed either. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  const { code = '' } = error
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { status, message } = (Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined) ?? NO_HTTP
  socket.end(rawHttpResponse(status, 'BAD_REQUEST', message), () => socket.destroy())
}
