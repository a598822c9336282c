import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerEncoded } from './errors'

/** Refuses a compressed body before it is read: a small one could become very large. */
export function refuseEncodedBody(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() === 'identity') done()
  else void answerEncoded(reply)
}
