import { CloseCode } from 'graphql-ws'
import type { RawData, WebSocket } from 'ws'
import type { RequestFacts } from '../graphql/context'
import type { ReportLimit } from '../graphql/refusal'
import type { ReportUnexpected } from '../graphql/errors'
import { WebSocketClient, type Protocol } from './websocket-protocol'

/** As much as one client's unread messages may take before no more is read from it; then it asks for nothing more. */
const MAX_UNSENT_BYTES = 2 ** 20
const TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
/** How long a client may take to say good-bye. */
const GOOD_BYE_MS = 1000

/**
 * Runs the protocol on one socket until it closes. `useServer` of graphql-ws/use/ws does not fit: it goes on reading and
 * sending however much the client has not read, and writes errors to the console.
 * @param upgrade the request that has opened it
 * @param admit counts the connection as the caller's; false if it has closed the socket instead
 */
export function openConnection(
  socket: WebSocket,
  address: string,
  upgrade: RequestFacts,
  protocol: Protocol,
  admit: (caller: string) => boolean,
  {
    reportUnexpected,
    reportLimit,
  }: { readonly reportUnexpected: ReportUnexpected; readonly reportLimit: ReportLimit },
): void {
  const client = new WebSocketClient(address, upgrade)
  const close = (code: number, reason: string) => {
    closeSocket(socket, code, reason)
    client.leave()
  }
  const fail = (error: unknown) => {
    if (isServersMessage(error)) {
      close(CloseCode.BadRequest, 'Invalid message received')
      return
    }
    reportUnexpected(error)
    close(CloseCode.InternalServerError, 'Internal server error')
  }
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, text),
      close,
      onMessage: (take) => {
        socket.on('message', (data) => {
          // Nothing is done any more for a client whose connection is to close, whatever it still sends.
          if (socket.readyState === socket.OPEN) void take(textOf(data)).catch(fail)
        })
      },
    },
    { client, close, admit },
  )
  // ws answers each by itself, and answers none while what it has answered is not read.
  socket.on('ping', () => holdBack(socket))
  // ws closes a socket that broke the rules with the code for it.
  socket.on('error', (error) => {
    if ('code' in error && error.code === TOO_LARGE) reportLimit('body_bytes')
  })
  socket.once('close', (code, reason) => {
    client.leave()
    closed(code, reason.toString()).catch(reportUnexpected)
  })
}

/** Closes it, at the latest after a second: whoever does not say good-bye must not keep the connection. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason)
  const timer = setTimeout(() => socket.terminate(), GOOD_BYE_MS)
  socket.once('close', () => clearTimeout(timer))
}

/** Resolves when the bytes have left the process, so that a reader who is slow is given fewer events, not a queue. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) {
      resolve()
      return
    }
    // A socket that cannot send closes, which ends everything that would send more.
    socket.send(text, () => {
      if (socket.isPaused && socket.bufferedAmount <= MAX_UNSENT_BYTES) socket.resume()
      resolve()
    })
    holdBack(socket)
  })
}

function holdBack(socket: WebSocket): void {
  if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.pause()
}

/** Messages come as one buffer each, which is what `ws` does where nothing else is asked of it. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : ''
}

/** graphql-ws takes a message that only servers send for a mistake of ours. */
function isServersMessage(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type')
}
