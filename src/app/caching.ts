import { LRUCache } from 'lru-cache'
import { coalesce } from '../cache/coalesce'
import { sizeOf, createMemoryStore, type MemoryStore, type MemoryStoreOptions } from '../cache/memory-store'
import { createTieredStore, type SharedTexts } from '../cache/tiered-store'
import type { Provider } from '../providers/provider'
import type { FinderTools } from '../tasks/finder'
import { IdMemory, type SharedHints } from '../tasks/id-memory'
import { sourceName, type SourceKey } from '../tasks/task'
import { TaskMemory, type KeptTask } from '../tasks/task-memory'
import type { CacheMetrics, CacheName } from '../telemetry/store-metrics'
import { sleep } from '../lib/sleep'
import { abortError } from '../tencent/transport-errors'
import { LazyResponse, responseIn } from '../tencent/envelope'
import type { StackOptions } from '../tencent/stack'
import type { UpstreamResponse } from '../upstream-call'
import type { Config } from '../config'
import {
  type CachedResponse,
  createResponseCache,
  NO_RESPONSE_CACHE,
  type ResponseCache,
  type ResponseCacheOptions,
  type Uncacheable,
} from '../graphql/pipeline/response-cache'

/** Makes the guard that coalesces and caches the calls of one source. */
export type Coalesce = (key: SourceKey, provider: Provider) => StackOptions['coalesce']

const MEBIBYTE = 2 ** 20
/** For all sources together. */
const ANSWERS = { maxEntries: 2000, maxBytes: 64 * MEBIBYTE }
const FINISHED_TASKS = { maxEntries: 10_000, maxBytes: 16 * MEBIBYTE }
const FINISHED_MS = 5 * 60_000
/** Tasks whose first ids are remembered. */
const MAX_HINTS = 20_000
/** Requests that arrive together reach the finder some milliseconds apart. */
const MOMENT_MS = 5

/**
 * @param ttlMs how old a response may be that is served again
 * @param texts where the other replicas leave their responses; null where there are none
 */
export function createCoalescing(
  ttlMs: number,
  now: () => number,
  texts: SharedTexts | null,
  metrics: CacheMetrics,
): Coalesce {
  const memory = watchedStore<UpstreamResponse>('answers', { ...ANSWERS, now }, metrics)
  const tiers = { memory, ttlMs, write: writeAnswer, read: readAnswer, now, sleep }
  const store = texts === null ? memory : createTieredStore({ ...tiers, texts })
  return (key, { service, isList }) =>
    (limiter) =>
      coalesce({
        name: sourceName(key),
        store,
        ttlMs,
        isUsable: isList,
        toKept: (response) => new LazyResponse(response),
        abortErrorOf: (signal, call) => abortError(service, signal, call && limiter.queuedMs(call)),
        now,
      })
}

/** Where nothing is to be served again, finished tasks are not kept either. */
export function createTaskMemory(
  cacheTtlMs: number,
  now: () => number,
  metrics: CacheMetrics,
  hints: SharedHints | null,
): TaskMemory {
  const tasks = watchedStore<KeptTask>('finished_tasks', { ...FINISHED_TASKS, now }, metrics)
  const keepMs = cacheTtlMs > 0 ? FINISHED_MS : 0
  const finished = {
    ...tasks,
    set(task: string, kept: KeptTask): void {
      if (keepMs > 0) tasks.set(task, kept, keepMs, sizeOf(kept))
    },
  }
  return new TaskMemory(finished, new IdMemory(new LRUCache({ max: MAX_HINTS }), hints))
}

export function createFinderTools(cacheTtlMs: number, now: () => number, finished: TaskMemory): FinderTools {
  return {
    cacheTtlMs,
    finished,
    latestHint: (task) => finished.ids.latest(task),
    // What has arrived at the sockets by then is still let in.
    later: (run) => void setTimeout(() => setImmediate(run), MOMENT_MS),
    now,
  }
}

function watchedStore<V extends object>(
  name: CacheName,
  options: MemoryStoreOptions,
  metrics: CacheMetrics,
): MemoryStore<V> {
  const store = createMemoryStore<V>({ ...options, onEvict: () => metrics.evicted(name) })
  metrics.watch(name, () => store.size())
  return store
}

/** A response as it came, for a replica to read; before it the request id, from which secrets have been taken out. */
export function writeAnswer({ requestId, body }: UpstreamResponse): string {
  return `${requestId}\n${body.toString()}`
}

/** Null for what is no response. */
export function readAnswer(written: string, askedAtMs: number): UpstreamResponse | null {
  const end = written.indexOf('\n')
  if (end < 0) return null
  const body = Buffer.from(written.slice(end + 1))
  const fields = responseIn(body) ?? null
  return fields && { fields, requestId: written.slice(0, end), askedAtMs, body, isKept: true }
}

const RESPONSES = { maxEntries: 2000, maxBytes: 16 * 2 ** 20 }

/** The response cache, as configured. */
export function createResponses(
  { upstream }: Config,
  {
    clock: { now },
    metrics,
  }: { readonly clock: { readonly now: () => number }; readonly metrics: { readonly cache: CacheMetrics } },
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
