import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  type Authenticate,
  AuthenticationUnavailable,
  type Credentials,
  Forbidden,
  type Session,
  Unauthenticated,
} from '../auth/authenticate'
import { answerAuthenticationUnavailable, answerForbidden, answerUnauthenticated } from './errors'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null before the caller is authenticated. */
    session: Session | null
  }
}

/** A hook that authenticates the caller before the body is read. Others get 401 or 403. */
export function authenticating(authenticate: Authenticate) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    try {
      request.session = await authenticate(credentialsOf(request))
    } catch (error) {
      if (error instanceof Unauthenticated) await answerUnauthenticated(error, reply)
      else if (error instanceof Forbidden) await answerForbidden(error, reply)
      else if (error instanceof AuthenticationUnavailable) await answerAuthenticationUnavailable(error, reply)
      else throw error
    }
  }
}

/** The session of an authenticated request. */
export function sessionOf({ session }: FastifyRequest): Session {
  if (session === null) throw new Error('the request was not authenticated')
  return session
}

const NONE: Credentials = {}

/** Headers that came twice are joined, and so are no credential: of two, others might take the other one. */
function credentialsOf({ raw }: FastifyRequest): Credentials {
  const { headers } = raw
  const isNamed = headers.authorization ?? headers['x-api-key'] ?? headers['x-router-secret']
  if (isNamed === undefined) return NONE
  const { headersDistinct } = raw
  return {
    authorization: headersDistinct['authorization']?.join(', '),
    apiKey: headersDistinct['x-api-key']?.join(', '),
    routerSecret: headersDistinct['x-router-secret']?.join(', '),
  }
}
