import type { Caller } from '../../tasks/caller'

const LONGEST_KEY = 8 * 1024
/** Of objects and lists in each other; what clients send is far below. */
const DEEPEST_VALUE = 32

/** What may be a request of the GraphQL protocol. */
interface Body {
  readonly query?: unknown
  readonly operationName?: unknown
  readonly variables?: unknown
  readonly extensions?: unknown
}

/**
 * Text that is the same for equal requests of callers who may see the same, over either transport. Null if it would be
 * too long, or if only Apollo can say what is wrong with the request.
 */
export function responseCacheKey(body: unknown, caller: Caller, isRouter: boolean): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const { query, operationName, variables, extensions }: Body = body
  const isPlain =
    typeof query === 'string' &&
    (typeof operationName === 'string' || !isGiven(operationName)) &&
    (isPlainObject(variables) || !isGiven(variables)) &&
    (isPlainObject(extensions) || !isGiven(extensions))
  if (!isPlain || query.length > LONGEST_KEY || !isWritable(variables) || !isWritable(extensions)) return null
  const { name, accounts, regions, providers, details } = caller
  const sees = [name, listOf(accounts), listOf(regions), listOf(providers), details, isRouter]
  const key = JSON.stringify([sees, query, operationName ?? null, variables ?? null, extensions ?? null])
  return key.length > LONGEST_KEY ? null : key
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** False for what JSON reads and cannot write: 1e999 becomes null, and deep nesting overflows the stack. */
function isWritable(value: unknown, levels = DEEPEST_VALUE): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((part) => isWritable(part, levels - 1))
}

function listOf(names: ReadonlySet<string> | null): readonly string[] | null {
  return names && [...names].sort()
}
