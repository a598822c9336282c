import { connectRedis, type RedisAddress } from './connection'
import { Membership, type MembershipOptions, type Standing } from './membership'
import { DistributedRateLimiter, type Way } from './distributed-rate-limiter'
import { SharedCache } from './shared-cache'
import { SharedHints } from './shared-hints'

export type SharedOptions = Omit<MembershipOptions, 'redis'> & RedisAddress

/** What replicas have in common. */
export interface Shared {
  /** How this replica stands to the others, and how many there are, as last seen or as assumed. */
  state(): { readonly standing: Standing['kind']; readonly replicas: number }
  /** Where one quota's calls are counted. */
  sendLog(quota: string, way: Way): (size: number, windowMs: number) => DistributedRateLimiter
  /** Only replicas of the same namespace see each other's texts. */
  texts(namespace: string): SharedCache
  hints(namespace: string): SharedHints
  /** Leaves, so that the others need not keep anything free. */
  close(): Promise<void>
}

/** A start waits no longer for Redis. */
const START_MS = 500
const LOOK_MS = 10

/** Joins the replicas on a Redis. Never rejects for a Redis that cannot be reached: this replica is alone until it can. */
export async function openShared(options: SharedOptions): Promise<Shared> {
  const { log, now, sleep, id } = options
  const redis = await connectRedis(options, log)
  const membership = new Membership({ ...options, redis })
  const end = new AbortController()
  const running = membership.run(end.signal)
  const untilMs = now() + START_MS
  while (membership.standing().kind !== 'shared' && now() < untilMs) await sleep(LOOK_MS, end.signal)
  const parts = { redis, membership, now, ...(options.report && { report: options.report }) }
  return {
    state: () => ({ standing: membership.standing().kind, replicas: membership.replicas() }),
    sendLog: (quota, way) => (size, windowMs) =>
      new DistributedRateLimiter({ ...way, ...parts, id, quota, size, windowMs }),
    texts: (namespace) => new SharedCache({ ...parts, namespace }),
    hints: (namespace) => new SharedHints({ ...parts, namespace }),
    async close() {
      end.abort()
      await running
      redis.disconnect()
    },
  }
}
