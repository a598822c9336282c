import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { RedisAddress } from '../../src/redis/connection'
import { openShared, type Shared } from '../../src/redis/open'
import { sleep } from '../../src/lib/sleep'
import { createRateLimiter } from '../../src/tencent/rate-limiter'
import { MinLatency, UNDER_WAY_MS } from '../../src/tencent/sliding-window-log'

/** One of several replicas that have nothing but a quota in common. */
export interface ReplicaQuota {
  readonly shared: Shared
  /** When each of its calls was sent, in milliseconds of a clock that all replicas of a test have. */
  readonly sentMs: readonly number[]
  readonly lines: readonly string[]
  /** The cloud says that there were too many calls. */
  throttled(): void
  /** From now on so many callers want one call after the other. */
  want(callers: number): void
  close(): Promise<void>
}

export type ReplicaQuotaOptions = RedisAddress & {
  readonly callsPerSecond: number
  readonly maxReplicas?: number
  /** How long an answer takes. */
  readonly answerMs?: number
}

export async function startReplicaQuota(options: ReplicaQuotaOptions): Promise<ReplicaQuota> {
  const { callsPerSecond, maxReplicas = 4, answerMs = 20 } = options
  const lines: string[] = []
  const write = (facts: unknown, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(facts)}`)
  const now = (): number => performance.now()
  const log = { info: write, warn: write }
  const shared = await openShared({ ...options, id: randomUUID(), maxReplicas, log, now, sleep })
  const quota = createRateLimiter({
    service: 'cdb',
    callsPerSecond,
    sendLog: shared.sendLog('cdb/default/-', { underWayMs: UNDER_WAY_MS, latency: new MinLatency() }),
    clock: { now: Date.now },
    sleep,
  })
  const end = new AbortController()
  setMaxListeners(0, end.signal)
  const sentMs: number[] = []
  const caller = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const slot = await quota.acquire({ signal: end.signal })
      sentMs.push(now())
      slot.written(Date.now())
      await sleep(answerMs)
      slot.ended(Date.now())
    }
  }
  return {
    shared,
    sentMs,
    lines,
    throttled: () => quota.throttled(),
    want(callers) {
      for (let index = 0; index < callers; index++) caller().catch(() => undefined)
    },
    async close() {
      end.abort()
      await shared.close()
    },
  }
}

/** How many calls all replicas have sent from then to then. */
export function sentBetween(replicas: readonly ReplicaQuota[], fromMs: number, toMs: number): number {
  return replicas.flatMap(({ sentMs }) => sentMs).filter((atMs) => atMs >= fromMs && atMs < toMs).length
}

/** The most calls within any one second, all replicas together. */
export function busiestSecond(replicas: readonly ReplicaQuota[]): number {
  const sent = replicas.flatMap(({ sentMs }) => sentMs).sort((a, b) => a - b)
  let first = 0
  return sent.reduce((most, atMs, last) => {
    while ((sent[first] ?? atMs) <= atMs - 1000) first += 1
    return Math.max(most, last - first + 1)
  }, 0)
}
