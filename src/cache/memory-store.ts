import { LRUCache } from 'lru-cache'
import type { Answer, AnswerStore } from './answer-store'

export interface MemoryStoreOptions {
  readonly maxEntries: number
  readonly maxBytes: number
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Answers in this process; beyond either bound those go that were not used for longest. */
export function createMemoryStore<A extends Answer>(options: MemoryStoreOptions): AnswerStore<A> {
  const { maxEntries, maxBytes, now } = options
  const entries = new LRUCache<string, A>({
    max: maxEntries,
    maxSize: maxBytes,
    ttlResolution: 0,
    perf: { now },
  })
  return {
    get: (key) => entries.get(key) ?? null,
    set: (key, answer, keepMs, bytes) => void entries.set(key, answer, { ttl: keepMs, size: bytes }),
  }
}
