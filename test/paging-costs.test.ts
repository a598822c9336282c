import { CDB, Desk, namesOf, NEWEST_FIRST, OLDEST_FIRST, POSTGRES } from './support/paging/desk'

const PLACES = [
  ['CDB', CDB],
  ['Postgres', POSTGRES],
] as const
const ORDERS = [
  ['newest first', NEWEST_FIRST],
  ['oldest first', OLDEST_FIRST],
] as const

describe.each(PLACES)('what a page of %s costs', (name, place) => {
  it.each(ORDERS)(
    'is at most four calls after 10,000 tasks have come above and below, %s',
    async (_, order) => {
      const desk = new Desk([place])
      desk.fill(place, 1000, (index) => 1_000_000 + index * 10)
      const first = await desk.page({ first: 20, order })
      const next = await desk.page({ first: 20, order })
      desk.fill(place, 5000, (index) => index * 10, 10_000)
      desk.fill(place, 5000, (index) => 2_000_000 + index * 10, 20_000)
      const after = await desk.page({ first: 20, order, after: first.endCursor() })
      expect(desk.calls).toBeLessThanOrEqual(4)
      expect(namesOf(next)).toEqual(namesOf(first))
      const [edge] = order === NEWEST_FIRST ? [21] : [980]
      expect(namesOf(after)[0]).toBe(`${place.service} ${edge}`)
    },
  )

  it.each(ORDERS)('is at most four calls after 10,000 tasks have gone, %s', async (_, order) => {
    const desk = new Desk([place])
    desk.fill(place, 12_000, (index) => index * 10)
    let page = await desk.page({ first: 100, order })
    for (let number = 1; number < 105; number++)
      page = await desk.page({ first: 100, order, after: page.endCursor() })
    const isGone = (id: number) => (order === NEWEST_FIRST ? id <= 10_000 : id > 2000)
    for (let id = 1; id <= 12_000; id++) if (isGone(id)) desk.model.remove(desk.row(place, id))
    const after = await desk.page({ first: 20, order, after: page.endCursor() })
    expect(desk.calls).toBeLessThanOrEqual(4)
    expect(namesOf(after)[0]).toBe(`${place.service} ${order === NEWEST_FIRST ? 10_501 : 1500}`)
  })

  it('is one call for page 500 as for page 2, to either side', async () => {
    const desk = new Desk([place])
    desk.fill(place, 10_100, (index) => index)
    for (const isBackward of [false, true]) {
      const calls: number[] = []
      let cursor: string | null = null
      for (let number = 1; number <= 500; number++) {
        const page = await desk.page(isBackward ? { last: 20, before: cursor } : { first: 20, after: cursor })
        cursor = isBackward ? page.startCursor() : page.endCursor()
        calls.push(desk.calls)
      }
      expect(calls[0]).toBeLessThanOrEqual(name === 'CDB' && isBackward ? 2 : 1)
      expect(new Set(calls.slice(1))).toEqual(new Set([1]))
    }
  })

  it.each([1, 20, 50, 95])(
    'is one call for a page of %i, and both flags and the count cost none',
    async (size) => {
      const desk = new Desk([place])
      desk.fill(place, 500, (index) => index)
      let cursor: string | null = null
      for (let number = 0; number < 4; number++) {
        const page = await desk.page({ first: size, after: cursor })
        expect([await page.hasNextPage(), await page.hasPreviousPage()]).toEqual([true, number > 0])
        expect(await page.totalCount()).toBe(500)
        expect(desk.calls).toBe(1)
        cursor = page.endCursor()
      }
    },
  )

  it('is at most two calls for a page of 100', async () => {
    const desk = new Desk([place])
    desk.fill(place, 500, (index) => index)
    const first = await desk.page({ first: 100 })
    await desk.page({ first: 100, after: first.endCursor() })
    expect(desk.calls).toBeLessThanOrEqual(2)
  })

  it.each([
    ['the whole list: all that a call gives', { first: 20 }, 100],
    ['a list that a filter narrows: a short page', { first: 20, filter: { startedAt: { from: 0 } } }, 30],
    ['more of such a list: all', { first: 21, filter: { startedAt: { from: 0 } } }, 100],
    [
      'such a list that is counted: all',
      { first: 20, filter: { startedAt: { from: 0 } }, isCounted: true },
      100,
    ],
  ])('is one call, which asks of %s', async (_, wish, rows) => {
    const desk = new Desk([place])
    desk.fill(place, 200, (index) => 1_000_000 + index * 10)
    const page = await desk.page(wish)
    expect([page.edges.length, desk.limits]).toEqual([wish.first, [rows]])
  })

  it('is none where the filter rules the product out', async () => {
    const desk = new Desk([place])
    desk.fill(place, 5, (index) => index)
    const page = await desk.page({
      first: 5,
      filter: { instanceIds: [name === 'CDB' ? 'postgres-1' : 'cdb-1'] },
    })
    expect([namesOf(page), await page.totalCount(), desk.calls]).toEqual([[], 0, 0])
  })
})

it.each([0, 1, 10, 24, 30, 200])(
  "a first page from a second in CDB's past costs two calls at most, with %i newer tasks",
  async (newer) => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 400, (index) => 1_000_000 + index * 10)
    const page = await desk.page({
      first: 20,
      filter: { startedAt: { to: desk.row(CDB, newer + 1).start ?? 0 } },
    })
    expect([namesOf(page)[0], page.edges.length]).toEqual([`cdb ${newer + 1}`, 20])
    expect(desk.calls).toBeLessThanOrEqual(2)
  },
)

describe.each(PLACES)('the count of a list of %s that the page has read whole', (_, place) => {
  it.each(ORDERS)('costs no call, whatever the filter asks for, %s', async (_, order) => {
    const desk = new Desk([place])
    desk.fill(place, 90, (index) => 10 * index)
    const [newest, oldest] = [200, 700].map((ago) => (desk.row(place, 1).start ?? 0) - ago)
    const startedAt = { from: oldest ?? 0, to: newest ?? 0 }
    const filter = { startedAt, statuses: ['SUCCEEDED'] } as const
    const page = await desk.page({ first: 5, order, filter, isCounted: true })
    const calls = desk.calls
    expect(await page.totalCount()).toBe(51)
    expect(desk.calls).toBe(calls)
  })
})

describe('the count of a filter that the upstream lacks', () => {
  it('is made by looking at the rows, only when it is asked for', async () => {
    const desk = new Desk([POSTGRES])
    for (let id = 1; id <= 250; id++)
      desk.put(POSTGRES, id, id, id % 2 === 0 ? { status: ['FAILED', 'Fail'] } : {})
    const page = await desk.page({ first: 5, filter: { statuses: ['FAILED'] } })
    expect(desk.calls).toBe(1)
    expect(await page.totalCount()).toBe(125)
    expect(desk.calls).toBe(4)
  })

  it('is unknown where the rows outgrow the calls of a page', async () => {
    const desk = new Desk([POSTGRES], {}, 3)
    desk.fill(POSTGRES, 400, (index) => index)
    const page = await desk.page({ first: 5, filter: { statuses: ['SUCCEEDED'] } })
    expect(await page.totalCount()).toBeNull()
  })
})
