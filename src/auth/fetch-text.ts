import { timeLimit } from '../time-limit'

export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** The body of a 200, whole within the time and the size; redirects are not followed. @throws Error */
export async function fetchText(url: string, { timeoutMs, maxBytes }: FetchLimits): Promise<string> {
  const done = new AbortController()
  const tooLate = (): Error => new Error(`no answer within ${timeoutMs} ms`)
  const { signal, end } = timeLimit(done.signal, timeoutMs, tooLate)
  try {
    const answer = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
    if (answer.status !== 200) throw new Error(`answered with the status ${answer.status}`)
    return await readBody(answer, maxBytes)
  } finally {
    // Lets go of a body that was not read to its end.
    done.abort()
    end()
  }
}

async function readBody({ body }: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const parts: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? []
  for await (const chunk of parts) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`answered with more than ${maxBytes} bytes`)
  }
  return Buffer.concat(chunks).toString()
}
