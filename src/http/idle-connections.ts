import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Returns a function that closes the connections on which nothing was ever asked. Node counts them as busy, so that a
 * browser's spare connection would keep a closing server open for good. WebSockets are closed before that is called.
 */
export function trackIdle(server: Server): () => void {
  const unused = new Set<Socket>()
  server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return () => {
    for (const socket of unused) socket.destroy()
  }
}
