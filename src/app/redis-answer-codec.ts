import { responseIn } from '../tencent/envelope'
import type { UpstreamResponse } from '../upstream-call'

/** A response as it came, for a replica to read; before it the request id, from which secrets have been taken out. */
export function writeAnswer({ requestId, body }: UpstreamResponse): string {
  return `${requestId}\n${body.toString()}`
}

/** Null for what is no response. */
export function readAnswer(written: string, askedAtMs: number): UpstreamResponse | null {
  const end = written.indexOf('\n')
  if (end < 0) return null
  const body = Buffer.from(written.slice(end + 1))
  const fields = responseIn(body) ?? null
  return fields && { fields, requestId: written.slice(0, end), askedAtMs, body, isKept: true }
}
