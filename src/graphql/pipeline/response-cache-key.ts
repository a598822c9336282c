import type { FastifyRequest } from 'fastify'
import type { Session } from '../../auth/authenticate'

const LONGEST_KEY = 8 * 1024
/** Of objects and lists in each other; what clients send is far below. */
const DEEPEST_BODY = 32

/**
 * Text that is the same for equal questions of callers who may see the same; null where it would be too long, or the
 * question did not come as JSON by POST. Of the headers only `accept` has a part in the answer.
 */
export function questionKey({ method, body, headers }: FastifyRequest, session: Session): string | null {
  if (method !== 'POST' || typeof body !== 'object' || body === null || !canBeWritten(body)) return null
  const { name, accounts, regions, providers, details } = session.caller
  const caller = [name, listOf(accounts), listOf(regions), listOf(providers), details, session.isRouter]
  const key = JSON.stringify([caller, headers.accept ?? null, body])
  return key.length > LONGEST_KEY ? null : key
}

/** False for what JSON reads and cannot write: 1e999 becomes null, and deep nesting overflows the stack. */
function canBeWritten(value: unknown, levels = DEEPEST_BODY): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((part) => canBeWritten(part, levels - 1))
}

function listOf(names: ReadonlySet<string> | null): readonly string[] | null {
  return names && [...names].sort()
}
