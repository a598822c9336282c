import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toError } from '../lib/error-text'
import type { Metrics } from './metrics'

export interface AdminOptions {
  readonly host: string
  /** 0 is any free port; who wants no admin server does not start one. */
  readonly port: number
  /** True where only this machine reaches `host`: then a foreign `Host` header is refused (DNS rebinding). */
  readonly loopback: boolean
  readonly exposition: Metrics['exposition']
}

export interface AdminServer {
  readonly url: string
  close(): Promise<void>
}

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i
const REQUEST_TIMEOUT_MS = 5000

/**
 * Serves `/metrics` on a port of its own.
 * @throws Error that names the setting, where the port cannot be had
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 500,
    },
    (request, response) => {
      answer(request, response, options).catch((error: unknown) => response.destroy(toError(error)))
    },
  )
  server.listen(options.port, options.host)
  await once(server, 'listening').catch((cause: unknown) => {
    const rule = 'set TASK_GATEWAY_ADMIN_PORT to another port, or to 0 for none'
    throw new Error(`the admin port cannot be opened (${toError(cause).message}): ${rule}`, { cause })
  })
  return { url: urlOf(server), close: () => close(server) }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: AdminOptions,
): Promise<void> {
  const refusal = refuse(request, options.loopback)
  if (refusal !== null) {
    response.writeHead(refusal, { 'content-type': 'text/plain' }).end(`${refusal}\n`)
    return
  }
  const { contentType, text } = await options.exposition()
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(request.method === 'HEAD' ? undefined : text)
}

function refuse({ method, url, headers }: IncomingMessage, loopback: boolean): number | null {
  if (loopback && !LOCAL_HOST.test(headers.host ?? '')) return 403
  if (url?.split('?')[0] !== '/metrics') return 404
  return method === 'GET' || method === 'HEAD' ? null : 405
}

function urlOf(server: Server): string {
  const { address, family, port } = toAddress(server.address())
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function toAddress(address: AddressInfo | string | null): AddressInfo {
  if (typeof address === 'object' && address !== null) return address
  throw new TypeError('the admin server listens on no port')
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
