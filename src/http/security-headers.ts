import type { FastifyReply, FastifyRequest } from 'fastify'

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
export function addSecurityHeaders(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  for (const [name, value] of Object.entries(HEADERS))
    if (!reply.hasHeader(name)) void reply.header(name, value)
  done(null, payload)
}
