import type { Assumptions } from '../src/emulator/assumptions'
import { createEmptyWorld } from '../src/emulator/world/create-world'
import { World } from '../src/emulator/world/world'
import {
  cdbEnd,
  cdbRow,
  endedRows,
  follow,
  postgresEnd,
  postgresRow,
  REGION,
  SECOND,
  startLive,
  watch,
  type TestLive,
} from './support/live'

let test: TestLive
afterEach(() => test.close())

const DEEP = SECOND - 2_000_000
const LAYOUTS = ['lowest', 'highest', 'first', 'last'] as const

/** 400 ended tasks over some deeper ones that are running. */
async function start(service: 'cdb' | 'postgres', deep: number, assumptions: Partial<Assumptions> = {}) {
  const world = new World({ assumptions })
  const row = service === 'cdb' ? cdbRow : postgresRow
  for (let id = 1; id <= deep; id++) world.insert(service, REGION, row(id, DEEP + id))
  for (const ended of endedRows(service, 400, 10_000)) world.insert(service, REGION, ended)
  test = await startLive({ emulator: { world } })
}

describe('a Postgres task that stands deep in the list', () => {
  const POSTGRES = { filter: { providers: ['POSTGRES'] } } as const

  describe.each(LAYOUTS)('where unfinished tasks stand %s by end time', (missingEndTime) => {
    it.each([1, 30, 140, 250])(
      'is told of in the next round when it ends, among %i that are running',
      async (deep) => {
        await start('postgres', deep, { missingEndTime })
        const taker = follow(test, POSTGRES)
        await test.rounded(1)
        await test.tick(2)
        expect(taker.news()).toEqual([])
        test.world.change('postgres', REGION, 1, postgresEnd(SECOND))
        await test.tick()
        expect(taker.news()).toEqual([expect.stringMatching(/^FINISHED 1 (-|RUNNING)→SUCCEEDED$/)])
        await test.tick(9)
        expect(taker.news()).toEqual([])
      },
    )

    it('is told of when many end between two polls', async () => {
      await start('postgres', 250, { missingEndTime })
      const taker = follow(test, POSTGRES)
      await test.rounded(1)
      for (let id = 1; id <= 200; id++) test.world.change('postgres', REGION, id, postgresEnd(SECOND))
      await test.tick()
      expect(taker.news()).toHaveLength(200)
      await test.tick(9)
      expect(taker.news()).toEqual([])
    })

    it('is told of when it makes progress, within 10 s', async () => {
      await start('postgres', 150, { missingEndTime })
      const taker = follow(test, POSTGRES)
      await test.rounded(1)
      await test.tick(8)
      test.world.change('postgres', REGION, 3, { Progress: 77 })
      test.world.change('postgres', REGION, 149, { Progress: 78 })
      await test.tick(8)
      expect([...taker.news()].sort()).toEqual(['UPDATED 149 RUNNING→RUNNING', 'UPDATED 3 RUNNING→RUNNING'])
    })
  })

  it('is nothing new where all have ended, and where none has', async () => {
    test = await startLive({ emulator: { world: createEmptyWorld() } })
    const taker = follow(test, POSTGRES)
    await test.rounded(1)
    test.world.insert('postgres', REGION, postgresRow(1, SECOND))
    await test.tick()
    test.world.change('postgres', REGION, 1, postgresEnd(SECOND))
    await test.tick()
    expect(taker.news()).toEqual(['STARTED 1 -→RUNNING', 'FINISHED 1 RUNNING→SUCCEEDED'])
  })
})

describe('a CDB task that stands deep in the list', () => {
  const CDB = { filter: { providers: ['CDB'] } } as const

  it.each([1, 250])(
    'is told of when it makes progress and when it ends, within 10 s, among %i',
    async (deep) => {
      await start('cdb', deep)
      const taker = follow(test, CDB)
      await test.rounded(1)
      await test.tick(8)
      expect(taker.news()).toEqual([])
      test.world.change('cdb', REGION, 1, { Progress: 60 })
      await test.tick(8)
      expect(taker.news()).toEqual(['UPDATED 1 RUNNING→RUNNING'])
      test.world.change('cdb', REGION, 1, cdbEnd(SECOND))
      await test.tick(9)
      expect(taker.news()).toEqual(['FINISHED 1 RUNNING→SUCCEEDED'])
    },
  )

  it('is looked up where no list shows it: one that waits', async () => {
    await start('cdb', 5)
    const requestId = 'aaaaaaaa-bbbbbbbb-cccccccc-dddddddd'
    test.world.insert(
      'cdb',
      REGION,
      cdbRow(100, DEEP + 100, { TaskStatus: 'WAITING', AsyncRequestId: requestId }),
    )
    const id = { source: { provider: 'CDB', account: 'default', region: REGION }, number: 100n } as const
    const taker = watch(test, { ids: [{ ...id, hint: [requestId] }] })
    await test.rounded(1)
    await test.until(() => taker.size > 0)
    expect(taker.news()).toEqual(['100 WAITING 10'])
    await test.tick(8)
    expect(taker.news()).toEqual([])
    test.world.change('cdb', REGION, 100, cdbEnd(SECOND))
    await test.tick(9)
    expect(taker.news()).toEqual(['100 SUCCEEDED 100'])
    expect(taker.end).toBe('done')
  })

  it('is new where it has not begun and stands at the end of the list', async () => {
    await start('cdb', 5)
    const taker = follow(test, CDB)
    await test.rounded(1)
    await test.tick(8)
    test.world.insert('cdb', REGION, cdbRow(100, 0, { StartTime: '', TaskStatus: 'INITIAL' }))
    await test.tick(8)
    expect(taker.news()).toEqual(['STARTED 100 -→PENDING'])
  })
})
