import type { AnswerStore } from '../cache/answer-store'
import { sizeOf } from '../cache/size-estimate'
import { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from '../cache/memory-store'
import { createCoalescingClient } from '../cache/coalescing-client'
import { createTieredStore, type SharedTexts } from '../cache/tiered-store'
import type { Provider } from '../providers/provider'
import type { FinderTools } from '../tasks/finder-tools'
import { sourceName, type SourceKey, type Task } from '../tasks/task'
import type { CacheMetrics, CacheName } from '../telemetry/cache-metrics'
import type { TencentClient, UpstreamAnswer } from '../tencent/client'
import { abortError } from '../tencent/transport-errors'
import { sleep } from '../tencent/sleep'
import { LazyResponse } from '../tencent/lazy-response'
import { readAnswer, writeAnswer } from './redis-answer-codec'

/** Makes equal calls of one source one call. */
export type Share = (key: SourceKey, provider: Provider, client: TencentClient) => TencentClient

const MEBIBYTE = 2 ** 20
/** For all sources together. */
const ANSWERS = { maxEntries: 2000, maxBytes: 64 * MEBIBYTE }
const FINISHED_TASKS = { maxEntries: 10_000, maxBytes: 16 * MEBIBYTE }
const FINISHED_MS = 5 * 60_000
/** Requests that arrive together reach the finder some milliseconds apart. */
const MOMENT_MS = 5

/**
 * @param ttlMs how old an answer may be that is served again
 * @param texts where the other replicas leave their answers; null where there are none
 */
export function createShare(
  ttlMs: number,
  now: () => number,
  texts: SharedTexts | null,
  metrics: CacheMetrics,
): Share {
  const store = createStore(ttlMs, now, texts, metrics)
  return (key, { service, isList }, client) =>
    createCoalescingClient({
      client,
      name: sourceName(key),
      store,
      ttlMs,
      isUsable: isList,
      toKept: (answer) => new LazyResponse(answer),
      abortError: (signal, queuedMs) => abortError(service, signal, queuedMs),
      now,
    })
}

function createStore(
  ttlMs: number,
  now: () => number,
  texts: SharedTexts | null,
  metrics: CacheMetrics,
): AnswerStore<UpstreamAnswer> {
  const memory = watchedStore<UpstreamAnswer>('answers', { ...ANSWERS, now }, metrics)
  if (texts === null) return memory
  return createTieredStore({ memory, texts, ttlMs, write: writeAnswer, read: readAnswer, now, sleep })
}

/** Finished tasks do not change, so they are kept for longer; where nothing is to be served again, they are not either. */
export function createFinderTools(cacheTtlMs: number, now: () => number, metrics: CacheMetrics): FinderTools {
  const tasks = watchedStore<Task>('finished_tasks', { ...FINISHED_TASKS, now }, metrics)
  const keepMs = cacheTtlMs > 0 ? FINISHED_MS : 0
  return {
    cacheTtlMs,
    finished: {
      get: (task) => tasks.get(task),
      set: (task, value) => {
        if (keepMs > 0) tasks.set(task, value, keepMs, sizeOf(value))
      },
    },
    // What has arrived at the sockets by then is still let in.
    later: (run) => void setTimeout(() => setImmediate(run), MOMENT_MS),
    now,
  }
}

export function watchedStore<V extends object>(
  name: CacheName,
  options: MemoryStoreOptions,
  metrics: CacheMetrics,
): MemoryStore<V> {
  const store = createMemoryStore<V>({ ...options, onEvict: () => metrics.evicted(name) })
  metrics.watch(name, () => store.size())
  return store
}
