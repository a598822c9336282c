import type { UpstreamAnswer } from '../tencent/client'
import { responseIn } from '../tencent/envelope'

/** An answer as it came, for a replica to read; before it the request id, from which secrets have been taken out. */
export function writeAnswer({ requestId, text }: UpstreamAnswer): string {
  return `${requestId}\n${text}`
}

/** Null for what is no answer. */
export function readAnswer(written: string, askedAtMs: number): UpstreamAnswer | null {
  const end = written.indexOf('\n')
  const [requestId, text] = [written.slice(0, Math.max(0, end)), written.slice(end + 1)]
  const response = end < 0 ? null : (responseIn(text) ?? null)
  return response && { response, requestId, askedAtMs, text, isKept: true }
}
