import {
  cdbEnd,
  cdbRow,
  endedRows,
  follow,
  followCursors,
  REGION,
  SECOND,
  startLive,
  watch,
  type TestLive,
} from './support/live'
import { worldOf } from './support/worlds'

let test: TestLive
beforeEach(async () => {
  const rows = [...endedRows('cdb', 3, 50), cdbRow(1, SECOND)]
  test = await startLive({ emulator: { world: worldOf({ cdb: { [REGION]: rows } }) } })
})
afterEach(() => test.close())

const CDB = { filter: { providers: ['CDB'] } } as const
const NAME = `cdb/default/${REGION}`
const ID = {
  source: { provider: 'CDB', account: 'default', region: REGION },
  number: 1n,
  hint: null,
} as const

const goDown = () =>
  test.emulator.faults.add({ service: 'cdb', fault: { kind: 'apiError', code: 'InternalError' } })
const change = (over: object) => test.world.change('cdb', REGION, 1, { ...over })

describe('a source that is down', () => {
  it('is told of, ends nothing, and what changed meanwhile comes when it is back', async () => {
    const [all, one] = [follow(test, CDB), watch(test, { ids: [ID] })]
    await test.rounded(1)
    expect(one.news()).toEqual(['1 RUNNING 10'])
    goDown()
    await test.tick(3)
    expect(all.news()).toEqual([`down ${NAME} UPSTREAM_UNAVAILABLE`])
    change({ Progress: 70 })
    test.world.insert('cdb', REGION, cdbRow(2, SECOND + 1))
    await test.tick()
    test.emulator.faults.clear()
    await test.backUp(NAME)
    expect(all.news()).toEqual([`back ${NAME}`, 'UPDATED 1 RUNNING→RUNNING', 'STARTED 2 -→RUNNING'])
    expect(one.news()).toEqual(['1 RUNNING 70'])
    expect([all.end, one.end]).toEqual(['open', 'open'])
  })

  it('makes nothing new of what was there before, however long it lasts', async () => {
    for (const row of endedRows('cdb', 250, 1000)) test.world.insert('cdb', REGION, row)
    const all = follow(test, CDB)
    await test.rounded(1)
    await test.tick(10)
    goDown()
    await test.tick(60)
    test.emulator.faults.clear()
    await test.backUp(NAME)
    await test.tick(10)
    expect(all.news()).toEqual([`down ${NAME} UPSTREAM_UNAVAILABLE`, `back ${NAME}`])
  })

  it('is told of first to whom comes while it is down', async () => {
    const first = follow(test, CDB)
    await test.rounded(1)
    goDown()
    await test.tick()
    first.news()
    const second = follow(test, CDB)
    await test.until(() => second.size > 0)
    expect(second.news()).toEqual([`down ${NAME} UPSTREAM_UNAVAILABLE`])
  })

  it('is waited for by those who watch a task of it', async () => {
    goDown()
    const taker = watch(test, { ids: [ID] })
    await test.rounded(1)
    await test.tick(60)
    expect([taker.size, taker.end]).toEqual([0, 'open'])
    test.emulator.faults.clear()
    await test.backUp(NAME)
    expect(taker.news()).toEqual(['1 RUNNING 10'])
  })

  it('is not told of as down where only its quota is used up for a moment', async () => {
    const taker = follow(test, CDB)
    await test.rounded(1)
    test.emulator.faults.add({ service: 'cdb', fault: { kind: 'apiError', code: 'RequestLimitExceeded' } })
    await test.tick()
    test.emulator.faults.clear()
    await test.tick(2)
    expect(taker.news()).toEqual([])
  })
})

describe('a subscriber that comes again', () => {
  /** The cursor of a change that a subscriber was told, who has left since. */
  async function leftAt(): Promise<string> {
    const stop = new AbortController()
    const first = followCursors(test, { ...CDB, signal: stop.signal })
    await test.rounded(1)
    change({ Progress: 20 })
    await test.tick()
    stop.abort()
    const [[, cursor] = ['', '']] = first.news()
    return cursor
  }

  it('is told of what it has missed', async () => {
    const other = follow(test, CDB)
    const cursor = await leftAt()
    change({ Progress: 30 })
    await test.tick()
    expect(other.size).toBe(2)
    const again = follow(test, { ...CDB, since: cursor })
    await test.until(() => again.size > 0)
    expect(again.news()).toEqual(['UPDATED 1 RUNNING→RUNNING'])
  })

  it('is not told again of what it took after it had come again', async () => {
    test.world.insert('cdb', REGION, cdbRow(2, SECOND))
    const first = followCursors(test, CDB)
    await test.rounded(1)
    for (const [task, Progress] of [
      [1, 20],
      [1, 30],
      [2, 40],
      [1, 50],
    ] as const) {
      test.world.change('cdb', REGION, task, { Progress })
      await test.tick()
    }
    const [[, since] = ['', '']] = first.news()
    const again = followCursors(test, { ...CDB, since })
    await test.until(() => again.size > 1)
    const replayed = again.news()
    expect(replayed.map(([told]) => told)).toEqual(['UPDATED 1 RUNNING→RUNNING', 'UPDATED 2 RUNNING→RUNNING'])
    const last = follow(test, { ...CDB, since: replayed.at(-1)?.[1] ?? null })
    test.world.change('cdb', REGION, 2, { Progress: 60 })
    await test.tick()
    expect(last.news()).toEqual(['UPDATED 2 RUNNING→RUNNING'])
  })

  it('is told of what happened while nobody was there', async () => {
    const cursor = await leftAt()
    change({ Progress: 30 })
    test.time.runUntil(test.time.now() + 20_000)
    change(cdbEnd(SECOND + 15))
    const again = follow(test, { ...CDB, since: cursor })
    const anew = follow(test, CDB)
    await test.rounded(1)
    expect(again.news()).toEqual(['FINISHED 1 RUNNING→SUCCEEDED'])
    expect(anew.news()).toEqual([])
  })

  it('is told that there is a gap where that is not known any more', async () => {
    const cursor = await leftAt()
    test.time.runUntil(test.time.now() + 61_000)
    const again = follow(test, { ...CDB, since: cursor })
    await test.rounded(1)
    change({ Progress: 30 })
    await test.tick()
    expect(again.news()).toEqual(['gap', 'UPDATED 1 RUNNING→RUNNING'])
  })

  it('is told that there is a gap where the cursor is of another process', async () => {
    const other = await startLive({ inFrontOf: test.emulator, time: test.time })
    const elsewhere = followCursors(other, CDB)
    await other.rounded(1)
    change({ Progress: 20 })
    await other.tick()
    const [[, cursor] = ['', '']] = elsewhere.news()
    await other.close()
    const taker = follow(test, { ...CDB, since: cursor })
    await test.rounded(1)
    expect(taker.news()).toEqual(['gap'])
  })

  it.each(['', 'x', 'MS5hLjE', '!'.repeat(300)])('is refused the cursor %j', (since) => {
    if (since === 'MS5hLjE') since = Buffer.from('2.a.1').toString('base64url')
    expect(() => follow(test, { ...CDB, since })).toThrow(/^since ".*" is not the cursor of an event$/)
  })
})
