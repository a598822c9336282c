import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphContext } from './context'

export interface CacheControlOptions {
  /** How old an answer may be that is served. */
  readonly maxAgeMs: number
  readonly now: () => number
}

/**
 * `Cache-Control` of GET answers: what is left of the age that an answer may reach here, in whole seconds, so that a
 * browser adds nothing to it. All else, and all that holds an error, is not to be stored.
 */
export function cacheControl({ maxAgeMs, now }: CacheControlOptions): ApolloServerPlugin<GraphContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ request, response: { body, http }, contextValue: { scope } }) {
          const isWhole = body.kind === 'single' && body.singleResult.errors === undefined
          const leftMs = (scope.freshness?.oldestMs ?? -Infinity) + maxAgeMs - now()
          const isKept = request.http?.method === 'GET' && isWhole && leftMs >= 1000 && leftMs <= maxAgeMs
          http.headers.set(
            'cache-control',
            isKept ? `private, max-age=${Math.floor(leftMs / 1000)}` : 'no-store',
          )
          return Promise.resolve()
        },
      }),
  }
}
