import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ReportUnexpected } from './errors'
import { openConnection } from './websocket-connection'
import { createProtocol, type ProtocolOptions, type ProtocolReport } from './websocket-protocol'
import { requestFacts, requestIdOf } from './request-id'
import { refusalOf, refuseUpgrade, type UpgradeRules } from './upgrade'

export interface WebSocketOptions extends Omit<ProtocolOptions, 'report'>, UpgradeRules {
  /** Open at once. */
  readonly maxConnections: number
  /** A connection that has not answered one ping by the next is dead. */
  readonly pingMs: number
  readonly report: WebSocketReport
  readonly reportUnexpected: ReportUnexpected
}

/** Told of what goes on over WebSocket. */
export interface WebSocketReport extends ProtocolReport {
  /** A connection was opened (+1), or has closed (−1). */
  connections(change: 1 | -1): void
  closed(code: number): void
}

export interface WebSockets {
  /** Closes all with 1001 and takes no more; resolves when they are closed. */
  close(): Promise<void>
}

const MAX_MESSAGE_BYTES = 262_144
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013
/** How long a client may take to say good-bye. */
const GOOD_BYE_MS = 2000

/** WebSockets at `/graphql` of the server. */
export function serveWebSockets(server: Server, options: WebSocketOptions): WebSockets {
  const { maxConnections, pingMs, report, reportUnexpected } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  })
  const protocol = createProtocol(options)
  const stopPings = pingAll(sockets, pingMs)
  let isClosing = false

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      declineUpgrade(server, request, stream, head)
      return
    }
    const refusal = isClosing ? CLOSING : refusalOf(request, options)
    if (refusal === null) {
      // If the caller sent none that is valid, all readers find the new one here.
      request.headers['x-request-id'] = requestIdOf(request)
      sockets.handleUpgrade(request, stream, head, open)
    } else refuseUpgrade(stream, refusal)
  })
  sockets.on('headers', (headers, request) => headers.push(`x-request-id: ${requestIdOf(request)}`))

  function open(socket: WebSocket, upgrade: IncomingMessage): void {
    report.connections(1)
    socket.once('close', (code) => {
      report.connections(-1)
      report.closed(code)
    })
    if (sockets.clients.size > maxConnections) refuse(socket, TRY_AGAIN_LATER, 'Too many connections')
    else if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL)
      refuse(socket, CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
    else {
      const facts = requestFacts({ id: requestIdOf(upgrade), headers: upgrade.headers }, 'websocket')
      openConnection(socket, upgrade.socket.remoteAddress ?? '', facts, protocol, reportUnexpected)
    }
  }

  return {
    async close() {
      isClosing = true
      stopPings()
      await closeAll(sockets)
    },
  }
}

const CLOSING = { status: 503, code: 'BAD_REQUEST', message: 'The gateway is stopping' }

function refuse(socket: WebSocket, code: number, reason: string): void {
  socket.on('error', () => undefined)
  socket.close(code, reason)
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
 */
function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = '', url = '', httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
