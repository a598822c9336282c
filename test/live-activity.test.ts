import type { WireRow } from '../src/emulator/world/row'
import { BadInput } from '../src/tasks/bad-input'
import { ANYONE } from '../src/tasks/caller'
import {
  cdbEnd,
  cdbRow,
  endedRows,
  follow,
  postgresRow,
  REGION,
  SECOND,
  startLive,
  type TestLive,
} from './support/live'
import { worldOf } from './support/worlds'

let test: TestLive
afterEach(() => test.close())

const CDB = { filter: { providers: ['CDB'] } } as const

/** A CDB list of so many ended tasks. */
async function start(count: number): Promise<void> {
  test = await startLive({ emulator: { world: worldOf({ cdb: { [REGION]: endedRows('cdb', count) } }) } })
}

const insert = (id: number, startSecond: number, over = {}) =>
  test.world.insert('cdb', REGION, cdbRow(id, startSecond, over))
const change = (id: number, over: object) => test.world.change('cdb', REGION, id, { ...over })

describe('the activity of a source', () => {
  it('says nothing of what was there already, and then what starts, moves and ends, once', async () => {
    await start(3)
    const taker = follow(test, CDB)
    await test.rounded(1)
    expect(taker.news()).toEqual([])
    insert(10, SECOND)
    await test.tick()
    expect(taker.news()).toEqual(['STARTED 10 -→RUNNING'])
    change(10, { Progress: 20 })
    await test.tick()
    expect(taker.news()).toEqual(['UPDATED 10 RUNNING→RUNNING'])
    change(10, cdbEnd(SECOND + 5))
    await test.tick()
    expect(taker.news()).toEqual(['FINISHED 10 RUNNING→SUCCEEDED'])
    await test.tick(12)
    expect(taker.news()).toEqual([])
  })

  it('tells the net change between two polls', async () => {
    await start(3)
    insert(10, SECOND)
    const taker = follow(test, CDB)
    await test.rounded(1)
    change(10, { Progress: 20 })
    change(10, { Progress: 30, TaskStatus: 'PAUSED' })
    await test.tick()
    expect(taker.news()).toEqual(['UPDATED 10 RUNNING→PAUSED'])
  })

  it('is of what is told of a task, and of nothing else in its row', async () => {
    const running = postgresRow(1, SECOND, { TaskDetail: { CurrentStep: 'one' } })
    test = await startLive({ emulator: { world: worldOf({ postgres: { [REGION]: [running] } }) } })
    const taker = follow(test, { filter: { providers: ['POSTGRES'] } })
    await test.rounded(1)
    const detail = (fields: WireRow) =>
      test.world.change('postgres', REGION, 1, { Hidden: 1, TaskDetail: fields })
    detail({ CurrentStep: 'one', Hidden: 1 })
    await test.tick()
    expect(taker.news()).toEqual([])
    detail({ CurrentStep: 'two', Hidden: 1 })
    await test.tick()
    expect(taker.news()).toEqual(['UPDATED 1 RUNNING→RUNNING'])
  })

  it('tells the start and the end of what starts and ends between two polls, in the order of time', async () => {
    await start(3)
    const taker = follow(test, CDB)
    await test.rounded(1)
    insert(10, SECOND, cdbEnd(SECOND + 1))
    insert(11, SECOND + 1)
    await test.tick()
    expect(taker.news()).toEqual([
      'STARTED 10 -→SUCCEEDED',
      'FINISHED 10 -→SUCCEEDED',
      'STARTED 11 -→RUNNING',
    ])
  })

  it('does not take for new what slides into the newest rows from below', async () => {
    await start(400)
    const taker = follow(test, CDB)
    await test.rounded(1)
    for (const id of [400, 399, 350, 300]) test.world.remove('cdb', REGION, id)
    await test.tick(10)
    expect(taker.news()).toEqual([])
  })

  it('tells of what arrives late, in the middle of the newest rows', async () => {
    await start(400)
    const taker = follow(test, CDB)
    await test.rounded(1)
    const ofRow250 = SECOND - 1_000_000 + 250 * 60 + 7
    insert(1000, ofRow250)
    await test.tick()
    expect(taker.news()).toEqual(['STARTED 1000 -→RUNNING'])
    change(1000, { Progress: 60 })
    await test.tick()
    expect(taker.news()).toEqual(['UPDATED 1000 RUNNING→RUNNING'])
  })

  it('sees a task change that new ones have pushed down to the 300th row, at once', async () => {
    await start(400)
    insert(500, SECOND - 500)
    const taker = follow(test, CDB)
    await test.rounded(1)
    for (let id = 501; id < 790; id++) insert(id, SECOND - 400, cdbEnd(SECOND - 300))
    await test.tick()
    taker.news()
    change(500, cdbEnd(SECOND))
    await test.tick()
    expect(taker.news()).toEqual(['FINISHED 500 RUNNING→SUCCEEDED'])
  })

  it('tells of hundreds that start at once', async () => {
    await start(400)
    const taker = follow(test, CDB)
    await test.rounded(1)
    for (let id = 1000; id < 1450; id++) insert(id, SECOND - 1500 + id)
    await test.tick()
    expect(taker.news()).toEqual(
      Array.from({ length: 450 }, (_, index) => `STARTED ${index + 1000} -→RUNNING`),
    )
  })

  it('says that there is a gap where more start at once than it reads, and goes on', async () => {
    await start(1100)
    const taker = follow(test, CDB)
    await test.rounded(1)
    for (let id = 2000; id < 3050; id++) insert(id, SECOND - 2000 + Math.floor(id / 10), cdbEnd(SECOND))
    await test.tick()
    expect(taker.news().at(-1)).toBe('gap')
    await test.tick(10)
    expect(taker.news()).toEqual([])
    insert(5000, SECOND + 2000)
    await test.tick()
    expect(taker.news()).toEqual(['STARTED 5000 -→RUNNING'])
  })

  it('tells that a task is resumed, and when it ends again', async () => {
    await start(3)
    insert(10, SECOND)
    const taker = follow(test, CDB)
    await test.rounded(1)
    change(10, cdbEnd(SECOND + 1))
    await test.tick()
    change(10, { TaskStatus: 'RUNNING', EndTime: '' })
    await test.tick()
    change(10, cdbEnd(SECOND + 1))
    await test.tick()
    expect(taker.news()).toEqual([
      'FINISHED 10 RUNNING→SUCCEEDED',
      'UPDATED 10 SUCCEEDED→RUNNING',
      'FINISHED 10 RUNNING→SUCCEEDED',
    ])
  })
})

describe('a filter', () => {
  it('lets the change through that ends the match', async () => {
    await start(3)
    insert(10, SECOND)
    insert(11, SECOND, { TaskStatus: 'PAUSED' })
    const taker = follow(test, { filter: { providers: ['CDB'], statuses: ['RUNNING'] } })
    await test.rounded(1)
    change(10, cdbEnd(SECOND + 1))
    change(11, { Progress: 50 })
    await test.tick()
    expect(taker.news()).toEqual(['FINISHED 10 RUNNING→SUCCEEDED'])
  })

  it.each([
    ['a product', { providers: ['POSTGRES'] }],
    ['the form of an instance id', { instanceIds: ['postgres-a'] }],
  ] as const)('of %s has only those sources polled in which it can match', async (_, filter) => {
    await start(3)
    follow(test, { filter })
    await test.rounded(1)
    test.world.insert('postgres', REGION, postgresRow(1, SECOND))
    await test.tick(2)
    expect(test.emulator.log.count({ service: 'cdb' })).toBe(0)
    expect(test.emulator.log.count({ service: 'postgres' })).toBeGreaterThan(0)
  })

  it('that nothing can match asks nothing', async () => {
    await start(3)
    const taker = follow(test, { filter: { statuses: [] } })
    await test.tick(3)
    expect(test.emulator.log.count()).toBe(0)
    expect(taker.end).toBe('open')
  })

  it('of a region or account that is not configured, or not for this caller, is refused alike', async () => {
    await start(3)
    const caller = { ...ANYONE, regions: new Set(['ap-tokyo']) }
    const ask = (region: string, who = ANYONE) =>
      test.live.activity({ filter: { regions: [region] }, since: null }, who, new AbortController().signal)
    expect(() => ask('ap-tokyo')).toThrow(
      new BadInput('', 'filter.regions "ap-tokyo" is not configured here'),
    )
    expect(() => ask(REGION, caller)).toThrow(
      new BadInput('', `filter.regions "${REGION}" is not configured here`),
    )
    expect(test.subscriptions).toEqual({})
  })
})

it('tells a caller nothing of a source that is not for it', async () => {
  await start(3)
  const taker = follow(test, { caller: { ...ANYONE, providers: new Set(['POSTGRES']) } })
  await test.rounded(1)
  insert(10, SECOND)
  await test.tick()
  expect(taker.news()).toEqual([])
  expect(test.emulator.log.count({ service: 'cdb' })).toBe(0)
})
