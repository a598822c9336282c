import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  type Authenticate,
  type Credentials,
  Forbidden,
  type Session,
  Unauthenticated,
} from '../auth/authenticate'
import { answerForbidden, answerUnauthenticated } from './errors'

export interface Authentication {
  /** A hook that lets in whoever the credentials name, before the body is read; all others get 401 or 403. */
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
        if (error instanceof Unauthenticated) await answerUnauthenticated(error, reply)
        else if (error instanceof Forbidden) await answerForbidden(error, reply)
        else throw error
      }
    },
    sessionOf(request) {
      const session = sessions.get(request)
      if (session === undefined) throw new Error('the request was not authenticated')
      return session
    },
  }
}

/** Headers that came twice are joined, and so are no credential: of two, others might take the other one. */
function credentialsOf({ raw: { headersDistinct } }: FastifyRequest): Credentials {
  return {
    authorization: headersDistinct['authorization']?.join(', '),
    apiKey: headersDistinct['x-api-key']?.join(', '),
    routerSecret: headersDistinct['x-router-secret']?.join(', '),
  }
}
