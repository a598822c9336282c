import { PERIOD_MS } from '../src/live/poller'
import type { Assumptions } from '../src/emulator/assumptions'
import { startEmulator } from '../src/emulator/start'
import { World } from '../src/emulator/world/world'
import { cdbRow, endedRows, follow, postgresRow, REGION, SECOND, startLive, watch } from './support/live'
import { describeWithRedis, startRedis } from './support/redis'

const RUNNING = 200
const ROUNDS = 50

/** 200 running tasks among the newest 300, over 300 that have ended. */
function busyWorld(service: 'cdb' | 'postgres', assumptions: Partial<Assumptions> = {}): World {
  const world = new World({ assumptions })
  const row = service === 'cdb' ? cdbRow : postgresRow
  for (const ended of endedRows(service, 300, 10_000)) world.insert(service, REGION, ended)
  for (let id = 1; id <= RUNNING; id++) world.insert(service, REGION, row(id, SECOND - 1000 + id))
  return world
}

/** 40 tasks a second make progress. */
function move(world: World, service: 'cdb' | 'postgres', round: number): number {
  for (let count = 0; count < 48; count++) {
    const id = ((round * 48 + count) % RUNNING) + 1
    world.change(service, REGION, id, { Progress: round % 100 })
  }
  return 48
}

describe.each([
  ['CDB', 'cdb', {}],
  ['POSTGRES', 'postgres', {}],
  ['POSTGRES', 'postgres', { missingEndTime: 'first' }],
] as const)('200 running tasks of %s, of which 40 change each second', (provider, service, assumptions) => {
  it('cost at most four calls a second, and each change is told in the next round', async () => {
    const test = await startLive({ emulator: { world: busyWorld(service, assumptions) } })
    const taker = follow(test, { filter: { providers: [provider] } })
    await test.rounded(1)
    await test.tick(4)
    taker.news()
    test.emulator.log.clear()
    for (let round = 0; round < ROUNDS; round++) {
      const moved = move(test.world, service, round)
      await test.tick()
      expect(taker.news()).toHaveLength(moved)
    }
    expect(test.emulator.log.count() / (ROUNDS * 1.2)).toBeLessThanOrEqual(4)
    await test.close()
  })
})

it('costs the upstream the same however many watch', async () => {
  const calls = async (watchers: number): Promise<number> => {
    const test = await startLive({ emulator: { world: busyWorld('cdb') } })
    const stop = new AbortController()
    for (let count = 0; count < watchers; count++) {
      const number = BigInt((count % RUNNING) + 1)
      const id = {
        source: { provider: 'CDB', account: 'default', region: REGION },
        number,
        hint: null,
      } as const
      watch(test, { ids: [id] }, { signal: stop.signal })
    }
    await test.rounded(1)
    await test.tick(10)
    const count = test.emulator.log.count()
    await test.close()
    return count
  }
  expect(await calls(2000)).toBe(await calls(1))
})

describeWithRedis('replicas on one Redis', () => {
  it('poll as one', async () => {
    const redis = await startRedis()
    const emulator = await startEmulator({ quotas: 'off', world: busyWorld('cdb') })
    const env = { REDIS_URL: redis.url, TASK_GATEWAY_CACHE_TTL_MS: '1000' }
    const replicas = await Promise.all(
      [1, 2, 3].map(() => startLive({ inFrontOf: emulator, ownClock: true, env })),
    )
    const takers = replicas.map((replica) => follow(replica, { filter: { providers: ['CDB'] } }))
    await Promise.all(replicas.map((replica) => replica.rounded(2)))
    emulator.log.clear()
    for (let round = 0; round < 4; round++) {
      move(emulator.world, 'cdb', round)
      await Promise.all(replicas.map((replica) => replica.rounded(1)))
    }
    const questions = emulator.log.calls.map(({ atMs, parameters }) =>
      JSON.stringify([Math.floor(atMs / PERIOD_MS), parameters]),
    )
    // Three times as many would be nothing shared; where an answer is slow to come, a replica asks itself.
    expect(questions.length).toBeLessThan(new Set(questions).size * 1.5)
    expect(new Set(takers.map((taker) => taker.news().length)).size).toBe(1)
    await Promise.all(replicas.map((replica) => replica.close()))
    await emulator.close()
    await redis.close()
  })
})
