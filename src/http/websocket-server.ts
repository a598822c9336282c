import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ReportLimit } from '../graphql/refusal'
import type { ReportUnexpected } from '../graphql/errors'
import { type AddressOf, requestFacts, requestIdOf, FOREIGN_HOST, isLocalHost } from './request'
import { CallerSlots } from './load-shedding'
import { closeSocket, openConnection } from './websocket-connection'
import { createProtocol, type ProtocolOptions, type ProtocolReport } from './websocket-protocol'
import { rawHttpResponse } from './errors'

export interface WebSocketOptions extends Omit<ProtocolOptions, 'report'>, UpgradeRules {
  /** Open at once, of callers that are authenticated. Of clients that are not yet, a quarter as many. */
  readonly maxConnections: number
  /** The part of them that one caller may hold; before it is authenticated, one address. */
  readonly callerShare: number
  readonly addressOf: AddressOf
  /** A connection that has not answered one ping by the next is dead. */
  readonly pingMs: number
  readonly report: WebSocketReport
  readonly reportUnexpected: ReportUnexpected
  readonly reportLimit: ReportLimit
}

/** Told of what goes on over WebSocket. */
interface WebSocketReport extends ProtocolReport {
  /** A connection was opened (+1), or has closed (−1). */
  connections(change: 1 | -1): void
  closed(code: number): void
}

export interface WebSockets {
  /** Handles a request to upgrade, when what was asked before it on its connection is answered. */
  readonly upgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => void
  /** Closes all with 1001 and takes no more; resolves when they are closed. */
  close(): Promise<void>
}

const MAX_MESSAGE_BYTES = 262_144
/** Kept of the body of a request whose upgrade is declined. The HTTP server has its own limit, which may be lower. */
const MAX_DECLINED_BODY_BYTES = 2 ** 20
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013
const WAITING_SHARE = 0.25
const TOO_MANY = 'Too many connections'
/** How long a client may take to say good-bye. */
const GOOD_BYE_MS = 2000

/** WebSockets at `/graphql` of the server. */
export function serveWebSockets(server: Server, options: WebSocketOptions): WebSockets {
  const { maxConnections, callerShare, addressOf, pingMs, report, reportLimit } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    // Else all messages that come in one read begin before any of them waits for its turn.
    allowSynchronousEvents: false,
    handleProtocols,
  })
  const protocol = createProtocol(options)
  const stopPings = pingAll(sockets, pingMs)
  const entered = new CallerSlots(maxConnections, callerShare, reportLimit, 'connections')
  /** Sockets whose callers are not known yet, with their addresses, in the order in which they came. */
  const waiting = new Map<WebSocket, string>()
  const maxWaiting = Math.ceil(maxConnections * WAITING_SHARE)
  const maxWaitingOfOne = Math.ceil(maxWaiting * callerShare)
  let isClosing = false

  sockets.on('headers', (headers, request) => headers.push(`x-request-id: ${requestIdOf(request)}`))

  function open(socket: WebSocket, upgrade: IncomingMessage): void {
    report.connections(1)
    socket.once('close', (code) => {
      report.connections(-1)
      report.closed(code)
    })
    if (entered.isFull) {
      reportLimit('connections')
      refuse(socket, TRY_AGAIN_LATER, TOO_MANY)
    } else if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL)
      refuse(socket, CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
    else {
      const facts = requestFacts({ id: requestIdOf(upgrade), headers: upgrade.headers }, 'websocket')
      const address = addressOf(upgrade)
      openConnection(socket, address, facts, protocol, (caller) => admit(socket, caller), options)
      wait(socket, address)
    }
  }

  /** Makes room among those that wait: a client says at once who it is, so that the oldest is none that means to. */
  function wait(socket: WebSocket, address: string): void {
    const own = [...waiting].filter(([, other]) => other === address)
    const [isFull, isOverShare] = [waiting.size >= maxWaiting, own.length >= maxWaitingOfOne]
    const [oldest] = isOverShare ? own : waiting
    if (oldest !== undefined && (isFull || isOverShare)) {
      reportLimit(isFull ? 'connections' : 'caller_share')
      waiting.delete(oldest[0])
      closeSocket(oldest[0], TRY_AGAIN_LATER, TOO_MANY)
    }
    waiting.set(socket, address)
    socket.once('close', () => waiting.delete(socket))
  }

  function admit(socket: WebSocket, caller: string): boolean {
    waiting.delete(socket)
    if (!entered.enter(caller)) {
      closeSocket(socket, TRY_AGAIN_LATER, TOO_MANY)
      return false
    }
    socket.once('close', () => entered.leave(caller))
    return true
  }

  return {
    upgrade(request, stream, head) {
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
        declineUpgrade(server, request, stream, head).catch(() => stream.destroy())
        return
      }
      const refusal = isClosing ? CLOSING : refusalOf(request, options)
      if (refusal === null) {
        // If the caller sent none that is valid, all readers find the new one here.
        request.headers['x-request-id'] = requestIdOf(request)
        sockets.handleUpgrade(request, stream, head, open)
      } else refuseUpgrade(stream, refusal)
    },
    async close() {
      isClosing = true
      stopPings()
      await closeAll(sockets)
    },
  }
}

const TOO_LARGE = { status: 413, code: 'BAD_REQUEST', message: 'The body of the request is too large' }
const CLOSING = { status: 503, code: 'BAD_REQUEST', message: 'The gateway is stopping' }

function refuse(socket: WebSocket, code: number, reason: string): void {
  socket.on('error', () => undefined)
  closeSocket(socket, code, reason)
}

/** Returns what stops it. */
function pingAll(sockets: WebSocketServer, pingMs: number): () => void {
  const silent = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) {
        socket.terminate()
        continue
      }
      silent.add(socket)
      socket.once('pong', () => silent.delete(socket))
      socket.ping(undefined, undefined, () => undefined)
    }
  }, pingMs)
  return () => clearInterval(timer)
}

async function closeAll({ clients }: WebSocketServer): Promise<void> {
  const timer = setTimeout(() => {
    for (const socket of clients) socket.terminate()
  }, GOOD_BYE_MS)
  await Promise.all(
    [...clients].map((socket) => {
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.close(GOING_AWAY, 'Going away')
      return closed
    }),
  )
  clearTimeout(timer)
}

/**
 * Serves a request as if it had asked for no upgrade, as HTTP lets a server do: the clients of Java and curl ask for
 * HTTP/2 by the way. Where anybody listens for upgrades, Node hands over all of them, with nothing but the socket.
 * Node 26 reads the body of such a request; earlier versions leave it in `head` and on the socket.
 */
async function declineUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const body = await readBody(request, server.requestTimeout)
  if (body === null) {
    refuseUpgrade(socket, TOO_LARGE)
    return
  }
  const wasRead = body.length > 0
  const { method = '', url = '', httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const isLength = /^(?:content-length|transfer-encoding)$/i.test(name)
    if (name.toLowerCase() !== 'upgrade' && !(isLength && wasRead))
      lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`)
  }
  if (wasRead) lines.push(`content-length: ${body.length}`)
  // Node leaves some of its listeners, and adds all of them again.
  for (const event of socket.eventNames()) if (event !== 'end') socket.removeAllListeners(event)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body, head]))
  server.emit('connection', socket)
}

/** What has been read of the body; null if it is too large. Rejects if the client leaves, or takes too long. */
async function readBody(request: IncomingMessage, limitMs: number): Promise<Buffer | null> {
  const timer = setTimeout(() => request.destroy(), limitMs)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_DECLINED_BODY_BYTES) return null
    }
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks)
}

/** Which requests may open a WebSocket. */
interface UpgradeRules {
  /** True where only this machine reaches us: then a foreign `Host` is refused. */
  readonly loopback: boolean
  /** Origins other than our own whose pages may connect. */
  readonly allowedOrigins: readonly string[]
}

interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
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
function refuseUpgrade(socket: Duplex, { status, code, message }: Refusal): void {
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
