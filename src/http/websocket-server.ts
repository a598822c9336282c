import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ReportUnexpected } from './errors'
import type { ReportLimit } from '../graphql/refusal'
import type { AddressOf } from './client-address'
import { CallerSlots } from './load-shedding'
import { closeSocket, openConnection } from './websocket-connection'
import { createProtocol, type ProtocolOptions, type ProtocolReport } from './websocket-protocol'
import { requestFacts, requestIdOf } from './request-id'
import { inOrder, refusalOf, refuseUpgrade, type UpgradeRules } from './upgrade'

export interface WebSocketOptions extends Omit<ProtocolOptions, 'report'>, UpgradeRules {
  /** Open at once, of callers that are authenticated; and as many of clients that are not yet. */
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
  const maxWaitingOfOne = Math.ceil(maxConnections * callerShare)
  let isClosing = false

  inOrder(server, (request, stream, head) => {
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
    const hasRoom = own.length < maxWaitingOfOne && waiting.size < maxConnections
    const [oldest] = own.length < maxWaitingOfOne ? waiting : own
    if (!hasRoom && oldest !== undefined) {
      reportLimit(waiting.size >= maxConnections ? 'connections' : 'caller_share')
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
 */
function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = '', url = '', httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`)
  }
  // Node leaves some of its listeners, and adds all of them again.
  for (const event of socket.eventNames()) if (event !== 'end') socket.removeAllListeners(event)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
