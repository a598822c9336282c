import type { Config } from '../config'
import {
  type CachedResponse,
  createResponseCache,
  NO_RESPONSE_CACHE,
  type ResponseCache,
  type ResponseCacheOptions,
  type Uncacheable,
} from '../graphql/pipeline/response-cache'
import type { AppTools } from './core'
import { watchedStore } from './caching'

const RESPONSES = { maxEntries: 2000, maxBytes: 16 * 2 ** 20 }

/** The response cache, as configured. */
export function createResponses(
  { upstream }: Config,
  { clock: { now }, metrics }: AppTools,
  stages: Pick<ResponseCacheOptions, 'admission' | 'reportOperation'>,
): ResponseCache {
  if (upstream.cacheTtlMs === 0) return NO_RESPONSE_CACHE
  const store = watchedStore<CachedResponse | Uncacheable>(
    'whole_answers',
    { ...RESPONSES, now },
    metrics.cache,
  )
  return createResponseCache({ ...stages, store, maxAgeMs: upstream.cacheTtlMs, now })
}
