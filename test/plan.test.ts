import type { CallEstimate, ListQuestion } from '../src/tasks/plan'
import { sourceName } from '../src/tasks/task'
import {
  CDB,
  Desk,
  FIRST_ENDED_FIRST,
  LAST_ENDED_FIRST,
  NEWEST_FIRST,
  POSTGRES,
  missingFrom,
  namesOf,
} from './support/paging/desk'

const PLACES = [CDB, POSTGRES]
const SCAN_CALLS = 20

function planOf(question: Partial<ListQuestion>, desk = new Desk(PLACES, {}, SCAN_CALLS)) {
  const plan = desk.gateway.plan({ page: {}, filter: {}, order: NEWEST_FIRST, ...question }, PLACES)
  expect(desk.calls).toBe(0)
  return plan
}

describe('the plan of a page asks nothing, and says', () => {
  it('which sources it is over, which of their lists it asks, what they filter and what remains', () => {
    const plan = planOf({ filter: { statuses: ['RUNNING'], instanceIds: ['cdb-1', 'cdb-2'] } })
    expect(plan.sources.map(({ source }) => sourceName(source.key))).toEqual([
      'cdb/default/ap-guangzhou',
      'postgres/default/ap-guangzhou',
    ])
    expect(plan.asked.map(({ source, lists }) => [source.key.provider, lists])).toMatchObject([
      [
        'CDB',
        [
          { list: 'cdb-1', parameters: { TaskStatus: [1], InstanceId: 'cdb-1' }, remaining: {} },
          { list: 'cdb-2', parameters: { TaskStatus: [1], InstanceId: 'cdb-2' }, remaining: {} },
        ],
      ],
    ])
  })

  it.each<[string, Partial<ListQuestion>, number, number]>([
    ['a call for each list', {}, 2, 20],
    ['two beyond 95 tasks', { page: { last: 96 } }, 4, 96],
    ['none of a source that cannot have any', { filter: { types: ['ENABLE_GTID'] } }, 1, 20],
    ['none where nothing can match', { filter: { startedAt: { from: 9, to: 8 } } }, 0, 0],
  ])('which calls are expected, and how many tasks the page can hold: %s', (_, question, expected, tasks) => {
    const plan = planOf(question)
    expect([plan.calls.expected, plan.tasks]).toEqual([expected, tasks])
    const each = plan.asked.map((source) => plan.callsOf(source))
    expect(each.reduce((sum, one) => sum + one.most, 0)).toBe(plan.calls.most)
  })

  const mostOf = (question: Partial<ListQuestion>): CallEstimate['most'][] => {
    const plan = planOf(question)
    return plan.asked.map((source) => plan.callsOf(source).most)
  }

  it('how many calls there are at most: what a page may spend, and what a place needs to be found', () => {
    const [cdb, postgres] = mostOf({})
    expect([cdb, postgres]).toEqual([SCAN_CALLS + 5, SCAN_CALLS + 5])
  })

  it('that a count, and a look behind the page where rows have to be looked at, come on top', () => {
    const [plain = 0] = mostOf({ filter: { types: ['OTHER'] } })
    expect(mostOf({ filter: { types: ['OTHER'] }, isCounted: true })[0]).toBe(2 * plain)
    const behind = { page: { after: 'a cursor' }, filter: { types: ['OTHER'] } } as const
    expect(mostOf(behind)[0]).toBe(2 * plain)
  })

  it('that an order which a product lacks costs the reading of its whole window', () => {
    const [cdb = 0] = mostOf({ order: LAST_ENDED_FIRST })
    expect(cdb).toBeGreaterThan(20)
    expect(cdb).toBeLessThan(35)
  })
})

describe('a page takes no more calls than its plan says', () => {
  it.each([
    ['rows of one second', NEWEST_FIRST, {}, () => 7],
    ['rows that do not match', NEWEST_FIRST, { types: ['OTHER'] }, (index: number) => index],
    ['an order of the gateway', LAST_ENDED_FIRST, {}, (index: number) => index],
    ['the same the other way', FIRST_ENDED_FIRST, {}, (index: number) => index],
  ] as const)('with thousands of %s', async (_, order, filter, at) => {
    const desk = new Desk(PLACES, {}, 8)
    for (const place of PLACES) desk.fill(place, 1990, at)
    for (let cursor: string | null = null, pages = 0; pages < 4; pages++) {
      const wish = { first: 100, after: cursor, order, filter, isCounted: true }
      const { most } = planOf(
        { page: { first: 100, after: cursor }, order, filter, isCounted: true },
        new Desk(PLACES, {}, 8),
      ).calls
      const page = await desk.page(wish)
      await page.totalCount()
      await page.hasPreviousPage()
      expect(desk.calls).toBeLessThanOrEqual(most)
      cursor = page.endCursor()
    }
  })
})

describe('a page has failed', () => {
  it('when every source that its plan asks has, whatever is not asked', async () => {
    const desk = new Desk(PLACES)
    for (const place of PLACES) desk.fill(place, 3, (index) => index)
    desk.down.set('cdb', 0)
    const both = await desk.page({})
    expect([both.hasFailed, missingFrom(both), namesOf(both).length]).toEqual([
      false,
      ['cdb/default/ap-guangzhou'],
      3,
    ])
    expect((await desk.page({ filter: { types: ['ENABLE_GTID'] } })).hasFailed).toBe(true)
    expect((await desk.page({ filter: { providers: [] } })).hasFailed).toBe(false)
  })
})
