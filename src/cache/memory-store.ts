import { LRUCache } from 'lru-cache'

export interface MemoryStoreOptions {
  readonly maxEntries: number
  readonly maxBytes: number
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Values in this process, each for a time of its own. */
export interface MemoryStore<V extends object> {
  /** Null where there is none (any more). */
  get(key: string): V | null
  /** @param bytes about how much memory it takes */
  set(key: string, value: V, keepMs: number, bytes: number): void
}

/** Beyond either bound those go that were not used for longest; what alone is beyond it is not kept. */
export function createMemoryStore<V extends object>(options: MemoryStoreOptions): MemoryStore<V> {
  const { maxEntries, maxBytes, now } = options
  const entries = new LRUCache<string, V>({
    max: maxEntries,
    maxSize: maxBytes,
    ttlResolution: 0,
    perf: { now },
  })
  return {
    get: (key) => entries.get(key) ?? null,
    set: (key, value, keepMs, bytes) => void entries.set(key, value, { ttl: keepMs, size: bytes }),
  }
}
