import { connectRedis } from './connection'
import { Membership, type MembershipOptions } from './membership'
import { SharedLog, type Way } from './shared-log'
import { Texts } from './texts'

export interface SharedOptions extends Omit<MembershipOptions, 'redis'> {
  /** `redis://` or `rediss://`; may hold a password. */
  readonly url: string
}

/** What replicas have in common. */
export interface Shared {
  /** Where one quota's calls are counted. */
  sendLog(quota: string, way: Way): (size: number, windowMs: number) => SharedLog
  /** Only replicas of the same namespace see each other's texts. */
  texts(namespace: string): Texts
  /** Leaves, so that the others need not keep anything free. */
  close(): Promise<void>
}

/** A start waits no longer for Redis. */
const START_MS = 500
const LOOK_MS = 10

/** Joins the replicas on a Redis. Never rejects for a Redis that cannot be reached: this replica is alone until it can. */
export async function openShared(options: SharedOptions): Promise<Shared> {
  const { url, log, now, sleep, id } = options
  const redis = await connectRedis(url, log)
  const membership = new Membership({ ...options, redis })
  const end = new AbortController()
  const running = membership.run(end.signal)
  const untilMs = now() + START_MS
  while (membership.standing().kind !== 'shared' && now() < untilMs) await sleep(LOOK_MS, end.signal)
  return {
    sendLog: (quota, way) => (size, windowMs) =>
      new SharedLog({ ...way, redis, membership, id, quota, size, windowMs, now }),
    texts: (namespace) => new Texts({ redis, membership, namespace, now }),
    async close() {
      end.abort()
      await running
      redis.disconnect()
    },
  }
}
