import { LRUCache } from 'lru-cache'

export interface MemoryStoreOptions {
  readonly maxEntries: number
  readonly maxBytes: number
  /** Unix milliseconds. */
  readonly now: () => number
  /** Told of what goes before its time, as there is no room for it. */
  readonly onEvict?: () => void
}

/** Values in this process, each for a time of its own. */
export interface MemoryStore<V extends object> {
  /** Null where there is none (any more). */
  get(key: string): V | null
  delete(key: string): void
  /** @param bytes about how much memory it takes */
  set(key: string, value: V, keepMs: number, bytes: number): void
  size(): { readonly entries: number; readonly bytes: number }
}

/** Of what is kept for a second, little stays longer. */
const PURGE_EVERY_MS = 250

/** Beyond either bound those go that were not used for longest; what alone is beyond it is not kept. */
export function createMemoryStore<V extends object>(options: MemoryStoreOptions): MemoryStore<V> {
  const { maxEntries, maxBytes, now, onEvict } = options
  const entries = new LRUCache<string, V>({
    max: maxEntries,
    maxSize: maxBytes,
    ttlResolution: 0,
    perf: { now },
    dispose(_value, _key, reason) {
      if (reason === 'evict') onEvict?.()
    },
  })
  let purgedMs = now()
  /** What is over would stay until there is no room for more. */
  const purge = (): void => {
    const passedMs = now() - purgedMs
    if (passedMs >= 0 && passedMs < PURGE_EVERY_MS) return
    purgedMs = now()
    entries.purgeStale()
  }
  return {
    get: (key) => entries.get(key) ?? null,
    delete: (key) => void entries.delete(key),
    set(key, value, keepMs, bytes) {
      purge()
      entries.set(key, value, { ttl: keepMs, size: bytes })
    },
    size: () => ({ entries: entries.size, bytes: entries.calculatedSize }),
  }
}

/** Measured over pages of 100 rows of both products: an answer and the tasks parsed from it, by the length of its JSON. */
const TIMES_ITS_JSON = 3

/** About how much memory a value takes that came from so much JSON. */
export function sizeOfJson(length: number): number {
  return length * TIMES_ITS_JSON
}

/** The same where the JSON is gone. */
export function sizeOf(value: object): number {
  return sizeOfJson(JSON.stringify(value, withoutBigint).length)
}

function withoutBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
