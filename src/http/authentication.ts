import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Authenticate, type Session, Unauthenticated } from '../auth/authenticate'
import { answerUnauthenticated } from './errors'

export interface Authentication {
  /** A hook that lets in whoever the credentials name, before the body is read; all others get 401. */
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  /** Who makes a request that was let in. */
  readonly sessionOf: (request: FastifyRequest) => Session
}

export function createAuthentication(authenticate: Authenticate): Authentication {
  const sessions = new WeakMap<FastifyRequest, Session>()
  return {
    async onRequest(request, reply) {
      try {
        sessions.set(request, await authenticate(credentialsOf(request)))
      } catch (error) {
        if (!(error instanceof Unauthenticated)) throw error
        await answerUnauthenticated(error, reply)
      }
    },
    sessionOf(request) {
      const session = sessions.get(request)
      if (session === undefined) throw new Error('the request was not authenticated')
      return session
    },
  }
}

function credentialsOf({ headers }: FastifyRequest) {
  const apiKey = headers['x-api-key']
  return { authorization: headers.authorization, apiKey: typeof apiKey === 'string' ? apiKey : undefined }
}
