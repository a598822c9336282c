import { setTimeout as sleep } from 'node:timers/promises'
import {
  EXPECTED_KEY,
  logKey,
  loweredKey,
  REPLICAS_KEY,
  REGISTER,
  TAKE,
  ABSENT_MS,
  COUNTED_MS,
  FORGET_MS,
  LATE_MS,
  LEASE_MS,
} from '../src/redis/quota-scripts'
import { createScript } from '../src/redis/script'
import { busiestSecond, type ReplicaQuota, sentBetween, startReplicaQuota } from './support/replica-quota'
import { describeWithRedis, startRedis, type TestRedis } from './support/redis'

describeWithRedis('replicas on one Redis', () => {
  const QUOTA = 30
  const SHARED = /^the quota is shared/
  let redis: TestRedis
  let replicas: ReplicaQuota[] = []

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((replica) => replica.close()))
    await redis.restart()
  })
  afterAll(() => redis.close())

  async function start(count: number, options: { readonly maxReplicas?: number } = {}): Promise<void> {
    const all = { url: redis.url, callsPerSecond: QUOTA, ...options }
    replicas = await Promise.all(Array.from({ length: count }, () => startReplicaQuota(all)))
  }

  function want(callers = 60): void {
    for (const replica of replicas) replica.want(callers)
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (let look = 0; look < 500 && !isSo(); look++) await sleep(10)
    expect(isSo()).toBe(true)
  }

  const joins = (): number[] => replicas.map(({ lines }) => lines.filter((line) => SHARED.test(line)).length)

  it('send the quota together, and not more in any second', async () => {
    await start(3)
    want()
    const fromMs = performance.now()
    await until(() => sentBetween(replicas, fromMs, Infinity) >= 3 * QUOTA)
    expect(busiestSecond(replicas)).toBe(QUOTA)
    for (const { sentMs } of replicas) expect(sentMs.length).toBeGreaterThan(QUOTA / 3)
  })

  it('leave the whole quota to the only one that has work', async () => {
    await start(3)
    const fromMs = performance.now()
    replicas[0]?.want(QUOTA)
    await until(() => sentBetween(replicas, fromMs, Infinity) >= QUOTA)
    expect(performance.now() - fromMs).toBeLessThan(1000)
  })

  it('keep to the quota when Redis is killed and when it comes back empty, and share again', async () => {
    await start(3)
    // The first has sent all that counts, so the others must not begin with their shares at once.
    replicas[0]?.want(60)
    await sleep(500)
    await redis.kill()
    want()
    const killedMs = performance.now()
    await until(() => sentBetween(replicas, killedMs + 200, Infinity) >= QUOTA)
    expect(joins()).toEqual([1, 1, 1])
    await redis.restart()
    await until(() => joins().every((times) => times === 2))
    const backMs = performance.now()
    await until(() => sentBetween(replicas, backMs, Infinity) >= 2 * QUOTA)
    expect(busiestSecond(replicas)).toBeLessThanOrEqual(QUOTA)
  })

  it('keep to the quota when Redis stands still and then carries out what it was sent meanwhile', async () => {
    await start(3)
    want()
    await sleep(500)
    redis.pause()
    await sleep(2500)
    redis.resume()
    await until(() => joins().every((times) => times === 2))
    await sleep(1100)
    expect(busiestSecond(replicas)).toBeLessThanOrEqual(QUOTA)
  })

  it('keep to the quota when all that Redis knew is gone in a moment', async () => {
    await start(2)
    want()
    await sleep(300)
    await redis.client.flushall()
    const goneMs = performance.now()
    await until(() => sentBetween(replicas, goneMs, Infinity) >= QUOTA)
    expect(busiestSecond(replicas)).toBeLessThanOrEqual(QUOTA)
  })

  it('wait for those that an empty Redis has forgotten, who may have sent all of it', async () => {
    const log = logKey('cdb/default/-')
    const register = createScript(redis.client, REGISTER)
    const join = async (replica: string, sent: readonly (readonly [string, number])[]) => {
      const [second = 0, micros = 0] = (await redis.client.time()).map(Number)
      const nowMs = second * 1000 + micros / 1000
      const how = [LATE_MS, ABSENT_MS, FORGET_MS, 'join', 2, JSON.stringify(sent)]
      await register([REPLICAS_KEY, EXPECTED_KEY, log], [replica, nowMs, ...how])
    }
    const ask = createScript(redis.client, TAKE)
    const take = async (call: string): Promise<unknown> => {
      const times = [1000, LEASE_MS, 2000, ABSENT_MS, FORGET_MS, COUNTED_MS, 25]
      const keys = [REPLICAS_KEY, EXPECTED_KEY, log, loweredKey('cdb/default/-')]
      return ask(keys, ['here', call, QUOTA, QUOTA, ...times])
    }
    await join('here', [])
    expect(await take('early')).toEqual([0, 25, 0, QUOTA / 2, 2])
    const all = Array.from({ length: QUOTA }, (_, index) => [`away:${index}`, 100] as const)
    await join('away', all)
    expect(await take('full')).toEqual([0, expect.any(Number), QUOTA, QUOTA, 2])
    await redis.client.flushall()
    await join('here', [])
    await redis.client.pexpire(EXPECTED_KEY, FORGET_MS - COUNTED_MS)
    expect(await take('late')).toEqual([1, 0, 1, QUOTA / 2, 2])
  })

  it('are not made present by what they said of themselves a while ago', async () => {
    const register = createScript(redis.client, REGISTER)
    const [second = 0] = await redis.client.time()
    const before = [LATE_MS, ABSENT_MS, FORGET_MS, 'join', 0]
    const reply = await register([REPLICAS_KEY, EXPECTED_KEY], ['late', (second - 1) * 1000, ...before])
    expect(reply).toEqual([expect.any(String), 'late', 0])
    expect(await redis.client.zcard(REPLICAS_KEY)).toBe(0)
  })

  it('keep free what one of them may send that Redis does not hear any more', async () => {
    await start(1)
    const [second = 0] = await redis.client.time()
    await redis.client.zadd(REPLICAS_KEY, second * 1000 - 3000, 'away')
    want()
    await sleep(900)
    expect(busiestSecond(replicas)).toBe(QUOTA / 2)
  })

  it('keep nothing free for one that has left', async () => {
    await start(2)
    await replicas.pop()?.close()
    want()
    await sleep(900)
    expect(busiestSecond(replicas)).toBe(QUOTA)
  })

  it('send less, all of them, when the cloud has told one that it was too much', async () => {
    await start(2)
    replicas[0]?.throttled()
    want()
    await sleep(900)
    expect(busiestSecond(replicas)).toBeLessThanOrEqual(QUOTA * 0.8)
  })

  it('that never reach it send one part in the number of replicas assumed, after a quiet second', async () => {
    await redis.kill()
    const fromMs = performance.now()
    await start(1, { maxReplicas: 3 })
    want()
    await sleep(900)
    expect(sentBetween(replicas, fromMs, fromMs + 1000)).toBe(0)
    await until(() => sentBetween(replicas, 0, Infinity) > 0)
    await sleep(500)
    expect(busiestSecond(replicas)).toBe(QUOTA / 3)
  })

  it('leave no key in Redis that does not expire', async () => {
    await start(2)
    replicas[0]?.throttled()
    want()
    await sleep(300)
    const keys = await redis.client.keys('*')
    expect(keys.length).toBeGreaterThan(2)
    for (const key of keys) expect(await redis.client.pttl(key)).toBeGreaterThan(0)
  })
})
