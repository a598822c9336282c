import type { UpstreamAnswer } from '../tencent/client'
import { responseIn } from '../tencent/envelope'

/** An answer as it came, for a replica to read. */
export function writeAnswer({ text }: UpstreamAnswer): string {
  return text
}

/** Null for what is no answer. */
export function readAnswer(text: string, askedAtMs: number): UpstreamAnswer | null {
  const response = responseIn(text) ?? null
  const requestId = response?.['RequestId']
  if (response === null || typeof requestId !== 'string') return null
  return { response, requestId, askedAtMs, text, isKept: true }
}
