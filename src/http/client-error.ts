import type { Socket } from 'node:net'
import { rawHttpResponse } from './raw-http-response'

const PROBLEMS: Readonly<Record<string, { readonly status: number; readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The request line and headers are larger than 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request did not come in time' },
}
const NO_HTTP = { status: 400, message: 'This is no HTTP request' }

/** Answers what Node could not parse as a request, and closes: the rest of the connection cannot be parsed either. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  const { code = '' } = error
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { status, message } = (Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined) ?? NO_HTTP
  socket.end(rawHttpResponse(status, 'BAD_REQUEST', message), () => socket.destroy())
}
