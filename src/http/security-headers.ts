import type { FastifyReply, FastifyRequest } from 'fastify'

/** For answers that are data: nothing in them may be run, framed, or taken into another page. A page brings its own. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Adds to every answer what is missing in it. */
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
