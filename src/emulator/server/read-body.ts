import type { IncomingMessage } from 'node:http'

/** TC3 requests may have 10 MB; nothing that is emulated needs more than this. */
const MAX_BODY_BYTES = 1_048_576

/** @throws Error when it is too large, or the connection is cut */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new Error(`a body of more than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
