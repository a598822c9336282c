import type { Instruments } from './instruments'

export type CacheName = 'answers' | 'finished_tasks' | 'whole_answers'

export type CacheMetrics = ReturnType<typeof createCacheMetrics>
export type RedisMetrics = ReturnType<typeof createRedisMetrics>

interface CacheSize {
  readonly entries: number
  readonly bytes: number
}

/** The membership of this replica. */
interface ReplicaState {
  readonly standing: keyof typeof STANDINGS
  /** How many replicas there are, as last seen or as assumed. */
  readonly replicas: number
}

const STANDINGS = { shared: 0, quiet: 1, alone: 2 } as const

/** What this process keeps. */
export function createCacheMetrics({ counter, readGauge }: Instruments) {
  const sizes = new Map<CacheName, () => CacheSize>()
  const gauge = (name: string, help: string, of: keyof CacheSize) =>
    readGauge(name, help, 'cache', (set) => sizes.forEach((size, cache) => set(cache, size()[of])))
  gauge('task_gateway_cache_entries', 'Entries kept in this process', 'entries')
  gauge('task_gateway_cache_bytes', 'Memory that they take, about', 'bytes')
  const evictions = counter(
    'task_gateway_cache_evictions_total',
    'Entries that went before their time, as there was no room for them',
    ['cache'],
  )
  return {
    /** From now on the size of this cache is asked for whenever the metrics are read. */
    watch: (cache: CacheName, size: () => CacheSize) => void sizes.set(cache, size),
    /** Something went before its time, as there was no room for it. */
    evicted: (cache: CacheName) => evictions.inc({ cache }),
  }
}

/** What this replica shares with the others. */
export function createRedisMetrics({ counter, readGauge }: Instruments) {
  let current: (() => ReplicaState) | null = null
  // A gauge without labels would be 0 where there is no Redis.
  const gauge = (name: string, help: string, of: (state: ReplicaState) => number) =>
    readGauge(name, help, 'store', (set) => {
      if (current !== null) set('redis', of(current()))
    })
  gauge(
    'task_gateway_replica_standing',
    'Who counts the calls of this replica: 0 Redis, 1 nobody yet, so that it sends none, 2 itself, within its share',
    ({ standing }) => STANDINGS[standing],
  )
  gauge('task_gateway_replicas', 'Replicas, as last seen or as assumed', ({ replicas }) => replicas)
  const failures = counter(
    'task_gateway_redis_failures_total',
    'Commands that Redis refused or did not answer in time',
  )
  const answers = counter(
    'task_gateway_redis_answers_total',
    'Upstream answers looked for among those of the other replicas, and left for them',
    ['result'],
  )
  return {
    /** From now on the state is asked for whenever the metrics are read. */
    watch: (state: () => ReplicaState) => void (current = state),
    /** Redis has refused a command, or has not answered it in time. */
    failed: () => failures.inc(),
    answer: (result: 'found' | 'missing' | 'written') => answers.inc({ result }),
  }
}
