import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { FOREIGN_HOST, isLocalHost } from './local-host'
import { rawHttpResponse } from './raw-http-response'

/** Which requests may open a WebSocket. */
export interface UpgradeRules {
  /** True where only this machine reaches us: then a foreign `Host` is refused. */
  readonly loopback: boolean
  /** Origins other than our own whose pages may connect. */
  readonly allowedOrigins: readonly string[]
}

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

/**
 * Handles requests to upgrade, each when what was asked before it on the same connection is answered: Node hands them
 * over as soon as it has read them.
 */
export function inOrder(
  server: Server,
  handle: (request: IncomingMessage, stream: Duplex, head: Buffer) => void,
): void {
  const answering = new Map<Duplex, Set<ServerResponse>>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const own = answering.get(socket) ?? new Set()
    answering.set(socket, own.add(response))
    response.once('close', () => {
      own.delete(response)
      if (own.size === 0) answering.delete(socket)
    })
  })
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const earlier = answering.get(stream)
    if (earlier === undefined) {
      handle(request, stream, head)
      return
    }
    const fail = () => stream.destroy()
    stream.on('error', fail)
    const closed = [...earlier].map((response) => new Promise((resolve) => response.once('close', resolve)))
    void Promise.all(closed).then(() => {
      stream.off('error', fail)
      if (stream.writable) handle(request, stream, head)
    })
  })
}

/** Why a request to upgrade is refused; null where it is not. */
export function refusalOf(
  { url = '', headers: { host, origin } }: IncomingMessage,
  { loopback, allowedOrigins }: UpgradeRules,
): Refusal | null {
  if (loopback && !isLocalHost(host)) return forbidden(FOREIGN_HOST)
  const [path] = url.split('?')
  if (path !== '/graphql')
    return {
      status: 404,
      code: 'BAD_REQUEST',
      message: 'No WebSocket is served here; the API is at /graphql',
    }
  if (origin === undefined || allowedOrigins.includes(origin) || isOwn(origin, host)) return null
  return forbidden('Pages of this Origin may not connect')
}

/** Responds instead of the handshake, and closes. */
export function refuseUpgrade(socket: Duplex, { status, code, message }: Refusal): void {
  // Node listens for no error of a socket that it has handed over, and one that nobody listens for ends the process.
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(rawHttpResponse(status, code, message))
}

/** A browser names the page's scheme, host and port; a `Host` leaves out the port that the scheme implies. */
function isOwn(origin: string, host = ''): boolean {
  const page = URL.canParse(origin) ? new URL(origin) : null
  const own = page === null ? '' : `${page.protocol}//${host}`
  return page !== null && URL.canParse(own) && new URL(own).host === page.host
}

function forbidden(message: string): Refusal {
  return { status: 403, code: 'FORBIDDEN', message }
}
