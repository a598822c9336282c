import type { FastifyRequest } from 'fastify'
import type { Session } from '../auth/authenticate'

const LONGEST_KEY = 8 * 1024

/**
 * Text that is the same for equal questions of callers who may see the same; null where it would be too long, or the
 * question did not come as JSON by POST. Of the headers only `accept` has a part in the answer.
 */
export function questionKey({ method, body, headers }: FastifyRequest, session: Session): string | null {
  if (method !== 'POST' || typeof body !== 'object' || body === null) return null
  const { name, accounts, regions, providers, details } = session.caller
  const caller = [name, listOf(accounts), listOf(regions), listOf(providers), details, session.isRouter]
  const key = JSON.stringify([caller, headers.accept ?? null, body])
  return key.length > LONGEST_KEY ? null : key
}

function listOf(names: ReadonlySet<string> | null): readonly string[] | null {
  return names && [...names].sort()
}
