import { ANYONE } from '../src/tasks/caller'
import type { TaskId } from '../src/tasks/id'
import {
  cdbEnd,
  cdbRow,
  endedRows,
  follow,
  postgresRow,
  REGION,
  SECOND,
  startLive,
  watch,
  type TestLive,
} from './support/live'
import { worldOf } from './support/worlds'

const TOKYO = 'ap-tokyo'
const REQUEST = 'aaaaaaaa-bbbbbbbb-cccccccc-dddddddd'

let test: TestLive
beforeEach(async () => {
  const rows = [...endedRows('cdb', 3, 50), cdbRow(1, SECOND), cdbRow(2, SECOND)]
  const world = worldOf({ cdb: { [REGION]: rows } })
  test = await startLive({
    emulator: { world },
    env: { TASK_GATEWAY_POSTGRES_REGIONS: `${REGION},${TOKYO}` },
  })
})
afterEach(() => test.close())

const id = (number: number, region = REGION): TaskId => ({
  source: { provider: 'CDB', account: 'default', region },
  number: BigInt(number),
  hint: null,
})
const change = (number: number, over: object) => test.world.change('cdb', REGION, number, { ...over })

describe('watching tasks', () => {
  it('gives the state of each at once, then every change, and ends when all have ended', async () => {
    const taker = watch(test, { ids: [id(1), id(2), id(50), id(1)] })
    await test.rounded(1)
    expect([...taker.news()].sort()).toEqual(['1 RUNNING 10', '2 RUNNING 10', '50 SUCCEEDED 100'])
    change(1, { Progress: 20 })
    await test.tick()
    expect(taker.news()).toEqual(['1 RUNNING 20'])
    change(1, cdbEnd(SECOND + 1))
    await test.tick()
    change(2, cdbEnd(SECOND + 2))
    await test.tick()
    expect(taker.news()).toEqual(['1 SUCCEEDED 100', '2 SUCCEEDED 100'])
    expect(taker.end).toBe('done')
  })

  it.each(['1970-01-01 08:00:00', '2999-01-01 00:00:00', '2026-01-01 00:00:00'])(
    'does not end with an end that the status contradicts: %s',
    async (EndTime) => {
      change(1, { EndTime })
      const taker = watch(test, { ids: [id(1)] })
      await test.rounded(1)
      expect(taker.news()).toEqual(['1 RUNNING 10'])
      change(1, { EndTime, Progress: 20 })
      await test.tick()
      expect(taker.news()).toEqual(['1 RUNNING 20'])
      expect(taker.end).toBe('open')
    },
  )

  it('is answered with the newest state of a task that is resumed', async () => {
    watch(test, { ids: [id(2)] })
    change(1, cdbEnd(SECOND + 1))
    await test.rounded(1)
    change(1, { TaskStatus: 'RUNNING', EndTime: '', Progress: 30 })
    await test.tick()
    const taker = watch(test, { ids: [id(1)] })
    await test.until(() => taker.size > 0)
    expect(taker.news()).toEqual(['1 RUNNING 30'])
    change(1, cdbEnd(SECOND + 9))
    await test.tick()
    expect(taker.news()).toEqual(['1 SUCCEEDED 100'])
    expect(taker.end).toBe('done')
  })

  it('is answered from what is known where the source is polled already', async () => {
    watch(test, { ids: [id(1)] })
    await test.rounded(1)
    const calls = test.emulator.log.count()
    const taker = watch(test, { ids: [id(2)] })
    await test.until(() => taker.size > 0)
    expect(taker.news()).toEqual(['2 RUNNING 10'])
    expect(test.emulator.log.count()).toBe(calls)
  })

  it('ends at once where nothing is to be watched', async () => {
    const taker = watch(test, { ids: [] })
    await test.until(() => taker.end === 'done')
    expect(test.emulator.log.count()).toBe(0)
  })

  it('waits for a task that is not there yet', async () => {
    const taker = watch(test, { ids: [id(7)] })
    await test.rounded(1)
    await test.tick(20)
    test.world.insert('cdb', REGION, cdbRow(7, SECOND + 20))
    await test.tick()
    expect(taker.news()).toEqual(['7 RUNNING 10'])
  })

  it.each([
    ['does not exist', id(7), ANYONE],
    ['is of a source that is not configured', id(1, TOKYO), ANYONE],
    ['is not for the caller', id(1), { ...ANYONE, accounts: new Set(['other']) }],
  ])('waits a minute for a task that %s, and shows nothing of it', async (_, task, caller) => {
    const taker = watch(test, { ids: [task] }, { caller })
    await test.untilIdle()
    await test.tick(49)
    expect(taker.end).toBe('open')
    await test.tick(3)
    await test.until(() => taker.end === 'done')
    expect(taker.size).toBe(0)
  })

  it('gives one that takes slowly the newest state of each task', async () => {
    const stream = test.live
      .watch({ ids: [id(1)], submitted: null }, ANYONE, new AbortController().signal)
      [Symbol.asyncIterator]()
    await test.rounded(1)
    for (const progress of [20, 30, 40]) {
      change(1, { Progress: progress })
      await test.tick()
    }
    expect((await stream.next()).value).toMatchObject({ progress: 40 })
    await stream.return?.()
  })
})

describe('activity that is taken slowly', () => {
  const open = () =>
    test.live
      .activity({ filter: { providers: ['CDB'] }, since: null }, ANYONE, new AbortController().signal)
      [Symbol.asyncIterator]()

  it('is told as the net change of each task', async () => {
    const slow = open()
    await test.rounded(1)
    test.world.insert('cdb', REGION, cdbRow(3, SECOND + 1))
    await test.tick()
    change(3, { Progress: 50 })
    change(1, { TaskStatus: 'PAUSED' })
    await test.tick()
    change(1, { Progress: 60 })
    change(3, cdbEnd(SECOND + 3))
    await test.tick()
    const told = [await slow.next(), await slow.next(), await slow.next()].map(({ value }) => value as object)
    expect(told).toMatchObject([
      { kind: 'STARTED', task: { number: 3n, progress: 50 }, previousStatus: null },
      { kind: 'FINISHED', task: { number: 3n, status: 'SUCCEEDED' } },
      { kind: 'UPDATED', task: { number: 1n, status: 'PAUSED', progress: 60 }, previousStatus: 'RUNNING' },
    ])
    await slow.return?.()
  })

  it('is a gap where too much has changed meanwhile', async () => {
    const slow = open()
    await test.rounded(1)
    for (let number = 1000; number < 1600; number++)
      test.world.insert('cdb', REGION, cdbRow(number, SECOND + number))
    await test.tick()
    const told = [await slow.next(), await slow.next()].map(({ value }) => value as object)
    expect(told).toMatchObject([{ is: 'gap' }, { kind: 'STARTED', task: { number: 1501n } }])
    await slow.return?.()
  })
})

describe('what was submitted', () => {
  const submitted = (filter: object, region: string | null = null, provider: 'CDB' | 'POSTGRES' = 'CDB') => ({
    submitted: {
      provider,
      account: null,
      region,
      filter,
      argument: provider === 'CDB' ? 'submitted.asyncRequestId' : 'submitted.postgresTaskId',
    },
  })

  it('is watched as soon as it is there, with what the same request makes later', async () => {
    const taker = watch(test, submitted({ submissionId: REQUEST }))
    await test.until(() => test.emulator.log.count() > 0)
    test.world.insert('cdb', REGION, cdbRow(7, SECOND + 1, { AsyncRequestId: REQUEST }))
    await test.passUntil(() => taker.size > 0)
    expect(taker.news()).toEqual(['7 RUNNING 10'])
    await test.untilIdle()
    test.world.insert('cdb', REGION, cdbRow(8, SECOND + 5, { AsyncRequestId: REQUEST }))
    await test.passUntil(() => taker.size > 0)
    expect(taker.news()).toEqual(['8 RUNNING 10'])
    change(7, cdbEnd(SECOND + 9))
    change(8, cdbEnd(SECOND + 9))
    await test.passUntil(() => taker.end === 'done')
    expect(taker.news()).toEqual(['7 SUCCEEDED 100', '8 SUCCEEDED 100'])
  })

  it('is an error where it does not come within a minute', async () => {
    const taker = watch(test, submitted({ number: 5n }, null, 'POSTGRES'))
    await test.passUntil(() => taker.end !== 'open')
    expect(taker.end).toMatchObject({ name: 'BadInput', argument: 'submitted.postgresTaskId' })
    expect(test.time.now()).toBeGreaterThan((SECOND + 60) * 1000)
  })

  it('is an error where a number is found in two regions, and is found where one is named', async () => {
    for (const region of [REGION, TOKYO]) test.world.insert('postgres', region, postgresRow(5, SECOND))
    const taker = watch(test, submitted({ number: 5n }, null, 'POSTGRES'))
    await test.passUntil(() => taker.end !== 'open')
    expect(taker.end).toMatchObject({ name: 'BadInput', argument: 'submitted.region' })
    const named = watch(test, submitted({ number: 5n }, TOKYO, 'POSTGRES'))
    await test.passUntil(() => named.size > 0)
    expect(named.news()).toEqual(['5 RUNNING 10'])
  })

  it('is refused for a region that is not configured', async () => {
    const taker = watch(test, submitted({ number: 5n }, 'ap-seoul', 'POSTGRES'))
    await test.passUntil(() => taker.end !== 'open')
    expect(taker.end).toMatchObject({ name: 'BadInput', argument: 'region' })
  })
})

it('asks nothing and keeps no timer when the last has left', async () => {
  const stop = new AbortController()
  const takers = [
    watch(test, { ids: [id(1), id(7)] }, { signal: stop.signal }),
    follow(test, { signal: stop.signal }),
  ]
  await test.rounded(3)
  stop.abort()
  await test.until(() => takers.every(({ end }) => end === 'done'))
  await test.untilIdle()
  expect(test.time.pending).toBe(0)
  expect(test.subscriptions).toEqual({ watch: 0, activity: 0 })
  const calls = test.emulator.log.count()
  test.time.runUntil(test.time.now() + 600_000)
  await test.untilIdle()
  expect(test.emulator.log.count()).toBe(calls)
})
