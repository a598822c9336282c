import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage, IncomingHttpHeaders } from 'node:http'
import type { RequestFacts } from '../graphql/context'
import { type BlockList, isIP, isIPv6 } from 'node:net'
import {
  type Authenticate,
  AuthenticationUnavailable,
  type Credentials,
  Forbidden,
  type Session,
  Unauthenticated,
} from '../auth/authenticate'
import { answerAuthenticationUnavailable, answerForbidden, answerUnauthenticated } from './errors'

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

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/** A page elsewhere can make its own host name point here (DNS rebinding); its `Host` gives it away. */
export function isLocalHost(host: string | undefined): boolean {
  return LOCAL_HOST.test(host ?? '')
}

/** The error for another host. */
export const FOREIGN_HOST = 'This address serves localhost only: the Host header must name it'

/** The address of the client that sent a request. */
export type AddressOf = (request: {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}) => string

/** IPv4 as a socket for both versions shows it. */
const MAPPED = '::ffff:'

/**
 * Follows `x-forwarded-for` from its end, for as long as the sender of an entry is a trusted proxy. What stands before
 * the entry of a client is that client's own text.
 * @param proxies whose entries count
 */
export function createAddressOf(proxies: BlockList): AddressOf {
  const isProxy = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '')
    if (isIP(address) === 0 || !isProxy(address)) return address
    const forwarded = headers['x-forwarded-for']
    const entries = String(forwarded ?? '').split(',')
    for (const entry of entries.reverse()) {
      const sender = plain(entry.trim())
      if (isIP(sender) === 0) return address
      address = sender
      if (!isProxy(address)) return address
    }
    return address
  }
}

function plain(address: string): string {
  const isMapped = address.toLowerCase().startsWith(MAPPED) && address.includes('.')
  return isMapped ? address.slice(MAPPED.length) : address
}

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
