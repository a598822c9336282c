import type { IncomingMessage } from 'node:http'

/** TC3 requests may have 10 MB; nothing that is emulated needs more than this. */
const MAX_BODY_BYTES = 1_048_576

/** @throws Error when it is too large, or the connection is cut */
export function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
      else request.destroy(new Error(`a body of more than ${MAX_BODY_BYTES} bytes`))
    })
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.once('error', reject)
    request.once('close', () => {
      if (!request.readableEnded) reject(new Error('the connection was cut'))
    })
  })
}
