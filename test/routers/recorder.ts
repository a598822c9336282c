import { once } from 'node:events'
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** A place between a router and the gateway that knows what went by. */
export interface Recorder {
  readonly url: string
  /** The headers of each request since the last `clear`. */
  readonly requests: readonly IncomingHttpHeaders[]
  clear(): void
  close(): Promise<void>
}

/** Hands everything on to `target`, WebSockets too. */
export async function startRecorder(target: string): Promise<Recorder> {
  const requests: IncomingHttpHeaders[] = []
  const toTarget = ({ url, method, headers }: IncomingMessage) => {
    requests.push(headers)
    return send(new URL(url ?? '/', target), { ...(method !== undefined && { method }), headers })
  }
  const server = createServer((request, response) => {
    const onward = toTarget(request)
    onward.on('error', () => response.destroy())
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  const sockets = new Set<Duplex>()
  server.on('upgrade', (request, client) => {
    const onward = toTarget(request)
    onward.on('error', () => client.destroy())
    onward.on('upgrade', (answer, upstream, head) => {
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => [client, upstream].forEach((either) => either.destroy()))
      }
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer)}\r\n`)
      upstream.unshift(head)
      upstream.pipe(client).pipe(upstream)
    })
    onward.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    clear: () => void requests.splice(0),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function headerLines({ rawHeaders }: IncomingMessage): string {
  return rawHeaders.map((text, index) => text + (index % 2 === 0 ? ': ' : '\r\n')).join('')
}
