import { Counter, Gauge, type Registry } from 'prom-client'

export type CacheName = 'answers' | 'finished_tasks' | 'whole_answers'

export interface CacheSize {
  readonly entries: number
  readonly bytes: number
}

export interface CacheMetrics {
  /** From now on the size of this cache is asked for whenever the metrics are read. */
  watch(cache: CacheName, size: () => CacheSize): void
  /** Something went before its time, as there was no room for it. */
  evicted(cache: CacheName): void
}

export function createCacheMetrics(registry: Registry): CacheMetrics {
  const registers = [registry]
  const sizes = new Map<CacheName, () => CacheSize>()
  const gauge = (name: string, help: string, of: keyof CacheSize): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['cache'],
      registers,
      collect() {
        for (const [cache, size] of sizes) this.set({ cache }, size()[of])
      },
    })
  gauge('task_gateway_cache_entries', 'Entries kept in this process', 'entries')
  gauge('task_gateway_cache_bytes', 'Memory that they take, about', 'bytes')
  const evictions = new Counter({
    name: 'task_gateway_cache_evictions_total',
    help: 'Entries that went before their time, as there was no room for them',
    labelNames: ['cache'],
    registers,
  })
  return {
    watch: (cache, size) => void sizes.set(cache, size),
    evicted: (cache) => evictions.inc({ cache }),
  }
}
