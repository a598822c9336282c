import type { UpstreamAnswer } from '../tencent/client'
import { parseJson, stringifyJson } from '../tencent/json'

/** An answer as JSON with every integer exact, for a replica to read. */
export function writeAnswer({ response, requestId, askedAtMs }: UpstreamAnswer): string {
  return stringifyJson({ response, requestId, askedAtMs })
}

/** Null for what is no answer. */
export function readAnswer(text: string): UpstreamAnswer | null {
  const value = parsed(text)
  if (!isRecord(value)) return null
  const { response, requestId, askedAtMs } = value
  if (!isRecord(response) || typeof requestId !== 'string' || typeof askedAtMs !== 'number') return null
  return { response, requestId, askedAtMs, characters: text.length }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
