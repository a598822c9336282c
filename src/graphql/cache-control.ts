import type { GraphQLResponse } from '@apollo/server'
import type { CallCost } from '../call-cost'
import type { Answered } from './answered'

export interface CacheControlOptions {
  /** How old an answer may be that is served. */
  readonly maxAgeMs: number
  readonly now: () => number
}

const HINT_SECONDS = 1
/** On every field that lists are read for. */
export const CACHE_HINT = `@cacheControl(maxAge: ${HINT_SECONDS})`
/** Apollo's, without the scope: its type would be one more name in a composition, used by nothing there. */
export const CACHE_HINT_DEFINITION =
  'directive @cacheControl(maxAge: Int, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION\n'

/**
 * `Cache-Control` of GET answers: what the hints say, as long as the answer may, rounded to a second, reach that age.
 * All else, and all that holds an error, is not to be stored.
 */
export function cacheControl(options: CacheControlOptions): (answered: Answered) => void {
  return ({ request, response: { body, http }, contextValue: { cost } }) => {
    const leftMs = (freshUntilMs(body, cost, options) ?? -Infinity) - options.now()
    const isKept = request.http?.method === 'GET' && Math.round(leftMs / 1000) >= HINT_SECONDS
    http.headers.set('cache-control', isKept ? `private, max-age=${HINT_SECONDS}` : 'no-store')
  }
}

/** Unix milliseconds until which a whole answer is young enough; null for one that may hold more than lists, or less. */
export function freshUntilMs(
  body: GraphQLResponse['body'],
  { oldestMs }: CallCost,
  { maxAgeMs, now }: CacheControlOptions,
): number | null {
  const untilMs = oldestMs + maxAgeMs
  return isWhole(body) && Number.isFinite(untilMs) && untilMs <= now() + maxAgeMs ? untilMs : null
}

/** True for an answer without an error. */
export function isWhole(body: GraphQLResponse['body']): boolean {
  return body.kind === 'single' && body.singleResult.errors === undefined
}
