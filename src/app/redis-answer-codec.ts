import type { UpstreamAnswer } from '../tencent/client'
import { responseIn } from '../tencent/envelope'

/** An answer as it came, for a replica to read; before it the request id, from which secrets have been taken out. */
export function writeAnswer({ requestId, body }: UpstreamAnswer): string {
  return `${requestId}\n${body.toString()}`
}

/** Null for what is no answer. */
export function readAnswer(written: string, askedAtMs: number): UpstreamAnswer | null {
  const end = written.indexOf('\n')
  if (end < 0) return null
  const body = Buffer.from(written.slice(end + 1))
  const response = responseIn(body) ?? null
  return response && { response, requestId: written.slice(0, end), askedAtMs, body, isKept: true }
}
