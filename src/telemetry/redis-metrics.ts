import { Counter, Gauge, type Registry } from 'prom-client'

/** How this replica stands to the others. */
export interface ReplicaState {
  readonly standing: keyof typeof STANDINGS
  /** How many replicas there are, as last seen or as assumed. */
  readonly replicas: number
}

/** What became of a question to the other replicas, or of an answer left for them. */
export type SharedAnswer = 'found' | 'missing' | 'written'

export interface RedisMetrics {
  /** From now on the state is asked for whenever the metrics are read. */
  watch(state: () => ReplicaState): void
  /** Redis has refused a command, or has not answered it in time. */
  failed(): void
  answer(result: SharedAnswer): void
}

const STANDINGS = { shared: 0, quiet: 1, alone: 2 } as const

export function createRedisMetrics(registry: Registry): RedisMetrics {
  const registers = [registry]
  let current: (() => ReplicaState) | null = null
  const gauge = (name: string, help: string, of: (state: ReplicaState) => number): Gauge =>
    new Gauge({
      name,
      help,
      // A gauge without labels would be 0 where there is no Redis.
      labelNames: ['store'],
      registers,
      collect() {
        if (current !== null) this.set({ store: 'redis' }, of(current()))
      },
    })
  gauge(
    'task_gateway_replica_standing',
    'Who counts the calls of this replica: 0 Redis, 1 nobody yet, so that it sends none, 2 itself, within its share',
    ({ standing }) => STANDINGS[standing],
  )
  gauge('task_gateway_replicas', 'Replicas, as last seen or as assumed', ({ replicas }) => replicas)
  const failures = new Counter({
    name: 'task_gateway_redis_failures_total',
    help: 'Commands that Redis refused or did not answer in time',
    registers,
  })
  const answers = new Counter({
    name: 'task_gateway_redis_answers_total',
    help: 'Upstream answers looked for among those of the other replicas, and left for them',
    labelNames: ['result'],
    registers,
  })
  return {
    watch(state) {
      current = state
    },
    failed: () => failures.inc(),
    answer: (result) => answers.inc({ result }),
  }
}
