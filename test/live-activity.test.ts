import { ANYONE } from '../src/tasks/caller'
import type { TaskFilter } from '../src/tasks/filter'
import { formatBeijingTime } from '../src/tencent/time'
import { brief, START_MS, startLive, Taker, type TestLive } from './support/live'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const SECOND = Math.floor(START_MS / 1000)
const OLD = SECOND - 1_000_000

let test: TestLive
let stop: AbortController
beforeEach(() => {
  stop = new AbortController()
})
afterEach(async () => {
  await test.close()
  expect(test.unexpected).toEqual([])
  expect(test.time.pending).toBe(0)
})

/** One that takes everything as it comes. */
function follow(filter: TaskFilter = {}, since: string | null = null): Taker<string> {
  const stream = test.live.activity({ filter, since }, ANYONE, stop.signal)
  return new Taker(briefly(stream)).go()
}

async function* briefly(stream: ReturnType<TestLive['live']['activity']>): AsyncGenerator<string> {
  for await (const activity of stream) yield brief(activity)
}

function insert(id: number, row: object = {}): void {
  const { world } = test
  world.insert('cdb', REGION, {
    JobId: id,
    StartTime: formatBeijingTime(SECOND + id),
    EndTime: '',
    TaskStatus: 'RUNNING',
    Progress: 10,
    ...row,
  })
}

describe('activity of one source', () => {
  beforeEach(async () => {
    test = await startLive({ emulator: { world: worldOf({ cdb: { [REGION]: rowsFrom('cdb', 3, OLD) } }) } })
  })

  it('says nothing of what was there already, and then what starts, moves and ends', async () => {
    const taker = follow({ providers: ['CDB'] })
    await test.rounded(1)
    expect(taker.news()).toEqual([])
    insert(10)
    await test.tick()
    expect(taker.news()).toEqual(['STARTED 10 -→RUNNING'])
    test.world.change('cdb', REGION, 10, { Progress: 20 })
    await test.tick()
    expect(taker.news()).toEqual(['UPDATED 10 RUNNING→RUNNING'])
    await test.tick()
    expect(taker.news()).toEqual([])
    test.world.change('cdb', REGION, 10, { TaskStatus: 'SUCCEED', EndTime: formatBeijingTime(SECOND + 20) })
    await test.tick()
    expect(taker.news()).toEqual(['FINISHED 10 RUNNING→SUCCEEDED'])
    await test.tick(10)
    expect(taker.news()).toEqual([])
  })
})
