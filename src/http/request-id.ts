import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { RequestFacts } from '../graphql/context'

const SANE = /^[A-Za-z0-9._-]{1,64}$/

/** The caller's `x-request-id` if it is safe in a log line; otherwise a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const id = headers['x-request-id']
  return typeof id === 'string' && SANE.test(id) ? id : randomUUID()
}

/** Puts the id into every response. */
export function tellRequestId(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  void reply.header('x-request-id', request.id)
  done()
}

/** How a request is known to its caller. */
export function requestFacts(
  { id, headers: { traceparent, tracestate } }: Pick<FastifyRequest, 'id' | 'headers'>,
  transport: RequestFacts['transport'],
): RequestFacts {
  return { id, transport, traceparent: firstOf(traceparent), tracestate: firstOf(tracestate) }
}

function firstOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
