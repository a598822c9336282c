import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAnswer, writeAnswer } from '../src/app/caching'
import type { ResponseStore } from '../src/cache/coalesce'
import { createMemoryStore } from '../src/cache/memory-store'
import { createTieredStore } from '../src/cache/tiered-store'
import { openShared, type Shared } from '../src/redis/open'
import type { UpstreamResponse } from '../src/upstream-call'
import { describeWithRedis, startRedis, type TestRedis } from './support/redis'

describeWithRedis('answers on one Redis', () => {
  const ANY = -Infinity
  const BIG = 18_446_744_073_709_551_615n
  let redis: TestRedis
  const open: Shared[] = []

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((shared) => shared.close()))
    await redis.restart()
  })
  afterAll(() => redis.close())

  interface Replica {
    readonly store: ResponseStore
    readonly now: () => number
  }

  /** A replica whose clock is this much ahead. */
  async function replica(aheadMs = 0, namespace = 'ours', onWait = (): void => undefined): Promise<Replica> {
    const log = { info: () => undefined, warn: () => undefined }
    const shared = await openShared({
      url: redis.url,
      id: randomUUID(),
      maxReplicas: 4,
      log,
      now: () => performance.now(),
      sleep: (delayMs) => sleep(delayMs),
    })
    open.push(shared)
    const now = (): number => Date.now() + aheadMs
    const memory = createMemoryStore<UpstreamResponse>({ maxEntries: 10, maxBytes: 100_000, now })
    const texts = shared.texts(namespace)
    const store = createTieredStore({
      memory,
      texts,
      ttlMs: 5000,
      write: writeAnswer,
      read: readAnswer,
      now,
      sleep(delayMs) {
        onWait()
        return sleep(delayMs)
      },
    })
    return { store, now }
  }

  const answer = (askedAtMs: number, requestId = 'r-1'): UpstreamResponse => ({
    fields: { TaskId: BIG, Share: 0.5, Items: [{ Name: '实例' }], RequestId: requestId },
    requestId,
    askedAtMs,
    body: Buffer.from(
      `{"Response":{"TaskId":${BIG},"Share":0.5,"Items":[{"Name":"实例"}],"RequestId":"${requestId}"}}`,
    ),
  })

  /** What a replica finds, as often as it takes until another one's answer has arrived. */
  async function arriving({ store }: Replica, key: string): Promise<UpstreamResponse> {
    for (let look = 0; look < 100; look++) {
      const found = await store.get(key, ANY)
      if (found !== null) return found
      await sleep(10)
    }
    throw new Error('no answer has arrived')
  }

  it('are found by the other replicas, every integer exact', async () => {
    const [one, other] = [await replica(), await replica()]
    one.store.set('key', answer(one.now()), 5000, 100)
    const found = await arriving(other, 'key')
    expect(found.fields).toEqual(answer(0).fields)
    expect(found.requestId).toBe('r-1')
  })

  it('have the request id that was told here, and not the one in their text, which may hold anything', async () => {
    const [one, other] = [await replica(), await replica()]
    one.store.set('without', { ...answer(one.now()), requestId: '' }, 5000, 100)
    expect(await arriving(other, 'without')).toMatchObject({ requestId: '', fields: { TaskId: BIG } })
  })

  it('have their true age, or a little more, where the clocks of replicas differ by an hour', async () => {
    const [one, other] = [await replica(), await replica(3_600_000)]
    one.store.set('key', answer(one.now() - 700), 5000, 100)
    await sleep(300)
    const found = await arriving(other, 'key')
    const ageMs = other.now() - found.askedAtMs
    expect(ageMs).toBeGreaterThanOrEqual(990)
    expect(ageMs).toBeLessThan(1800)
  })

  it('end with their time', async () => {
    const [one, other] = [await replica(), await replica()]
    one.store.set('key', answer(one.now()), 200, 100)
    await arriving(other, 'key')
    await sleep(250)
    expect(await other.store.get('key', ANY)).toBeNull()
    await sleep(300)
    expect(await redis.client.keys('task-gateway:answer:*')).toEqual([])
  })

  it('are brought by one replica, for which the others wait', async () => {
    const [one, other] = [await replica(), await replica()]
    expect(await one.store.get('key', ANY)).toBeNull()
    const waiting = other.store.get('key', ANY)
    one.store.set('key', answer(one.now()), 5000, 100)
    expect(await waiting).toMatchObject({ requestId: 'r-1' })
  })

  it('are asked for anew by one replica where those that are kept are too old', async () => {
    const [one, other] = [await replica(), await replica()]
    one.store.set('key', answer(one.now() - 1000), 4000, 100)
    await arriving(other, 'key')
    const notBeforeMs = one.now() - 500
    expect(await one.store.get('key', notBeforeMs)).toBeNull()
    const waiting = other.store.get('key', notBeforeMs)
    one.store.set('key', answer(one.now(), 'r-2'), 5000, 100)
    expect(await waiting).toMatchObject({ requestId: 'r-2' })
  })

  it('are not waited for any longer than a moment where the one that brings them fails', async () => {
    const [one, other] = [await replica(), await replica()]
    await one.store.get('key', ANY)
    const fromMs = performance.now()
    expect(await other.store.get('key', ANY)).toBeNull()
    expect(performance.now() - fromMs).toBeLessThan(1500)
  })

  it('are not waited for where the one that was to bring them has given up', async () => {
    let waits = 0
    // On one connection Redis carries out what is said in its order.
    const { store } = await replica(0, 'ours', () => {
      waits += 1
    })
    expect(await store.get('key', ANY)).toBeNull()
    store.giveUp?.('key')
    expect(await store.get('key', ANY)).toBeNull()
    expect(waits).toBe(0)
    await store.get('key', ANY)
    expect(waits).toBeGreaterThan(0)
  })

  it('are not seen by another deployment', async () => {
    const [one, stranger] = [await replica(), await replica(0, 'theirs')]
    one.store.set('key', answer(one.now()), 5000, 100)
    await sleep(50)
    expect(await stranger.store.get('key', ANY)).toBeNull()
  })

  it('are no answers where somebody else has written something', async () => {
    const [one, other] = [await replica(), await replica()]
    one.store.set('key', answer(one.now()), 5000, 100)
    await sleep(50)
    const [name = ''] = await redis.client.keys('task-gateway:answer:*')
    for (const text of ['', 'x', '1 2\n{', '1 2\n{"response":[]}', '1 2\nnull']) {
      await redis.client.set(name, text, 'PX', 5000)
      expect(await other.store.get('key', ANY)).toBeNull()
    }
  })

  it('cost one short wait where Redis stands still, and none after it', async () => {
    const { store } = await replica()
    redis.pause()
    const fromMs = performance.now()
    for (let question = 0; question < 20; question++)
      expect(await store.get(`key ${question}`, ANY)).toBeNull()
    expect(performance.now() - fromMs).toBeLessThan(500)
    redis.resume()
  })
})
