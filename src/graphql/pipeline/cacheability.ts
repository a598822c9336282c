import { BREAK, visit, type DocumentNode, type FormattedExecutionResult } from 'graphql'
import type { Cacheable, GraphContext } from '../context'
import { nameOf } from './operation-report'
import { ResponseExtensions } from './response-extensions'

export interface CacheOptions {
  /** How old a response may be that is served again. */
  readonly maxAgeMs: number
  readonly now: () => number
}

/** Fields that describe the sources at this moment, and not what they hold. */
const FIELDS_OF_HEALTH: ReadonlySet<string> = new Set(['state', 'lastSuccessAt', 'lastError'])

/** Unix milliseconds until which a response is young enough; null if it may hold more than lists, or less. */
export function freshUntilMs(
  { errors }: FormattedExecutionResult,
  { cost }: GraphContext,
  { maxAgeMs, now }: CacheOptions,
): number | null {
  const untilMs = cost.oldestMs + maxAgeMs
  return errors === undefined && Number.isFinite(untilMs) && untilMs <= now() + maxAgeMs ? untilMs : null
}

/** Says of every response whether equal requests may be given it; null of a failure, which says nothing of the next response. */
export function createCacheability(): (
  response: FormattedExecutionResult,
  document: DocumentNode | undefined,
  untilMs: number | null,
  context: GraphContext,
) => Cacheable | 'never' | null {
  const health = new WeakMap<DocumentNode, boolean>()
  const selectsHealth = (document: DocumentNode): boolean => {
    const known = health.get(document) ?? hasFieldOfHealth(document)
    health.set(document, known)
    return known
  }
  return ({ data, errors, extensions }, document, untilMs, { cost, state: { operation, plannedCalls } }) => {
    if (errors !== undefined) return null
    if (untilMs === null || plannedCalls === null || !data || !document || selectsHealth(document))
      return 'never'
    if (!(extensions instanceof ResponseExtensions)) return 'never'
    return {
      name: nameOf(operation).name,
      untilMs,
      plannedCalls,
      reads: cost.answers,
      requestIds: cost.requestIds,
      serializeData: () => extensions.serializeData(data),
    }
  }
}

function hasFieldOfHealth(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field({ name }) {
      if (!FIELDS_OF_HEALTH.has(name.value)) return undefined
      found = true
      return BREAK
    },
  })
  return found
}
