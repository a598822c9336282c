import type { TaskPage } from '../src/tasks/list-tasks'
import { at, listAt } from './support/answer'
import { startGateway } from './support/gateway'
import { CDB, Desk, POSTGRES, WAYS } from './support/paging/desk'
import { rowsFrom, worldOf } from './support/worlds'

describe.each([
  ['CDB', CDB],
  ['Postgres', POSTGRES],
] as const)('a list of %s with a row that is too large', (_, place) => {
  describe.each([
    [3, 1],
    [3, 2],
    [3, 3],
    [60, 20],
    [250, 13],
    [250, 180],
  ])('of %i rows, at place %i', (rows, id) => {
    it.each(WAYS)('is served around it, and the error names the place, %s', async (_way, wish) => {
      for (const size of [1, 20]) {
        const desk = new Desk([place])
        desk.fill(place, rows, (index) => index * 3)
        desk.oddities = [{ kind: 'hugeRow', id, bytes: 9_000_000 }]
        const pages: TaskPage[] = []
        const found = await desk.walk(size, wish, undefined, (page) => void pages.push(page))
        const others = Array.from({ length: rows }, (__, index) => index + 1).filter((one) => one !== id)
        expect([...found].sort()).toEqual(others.map((one) => `${place.service} ${one}`).sort())
        const problems = pages.flatMap(({ sources }) => sources[0]?.failure ?? [])
        expect(problems.length).toBeGreaterThan(0)
        expect(problems.some(({ message }) => /^the task at offset \d+ .* too large/.test(message))).toBe(
          true,
        )
        for (const { message } of problems) expect(message).toMatch(/ offset \d+ .* too large/)
        expect(pages.some(({ sources }) => sources[0]?.isMissing)).toBe(false)
      }
    })
  })
})

describe('the first page that meets a row that is too large', () => {
  it.each([1, 2, 3])(
    'costs eight calls more at most, and the next ones two: place %i of three',
    async (id) => {
      for (const wish of [{ first: 1 }, { last: 1 }]) {
        const desk = new Desk([POSTGRES])
        desk.fill(POSTGRES, 3, (index) => index * 3)
        desk.oddities = [{ kind: 'hugeRow', id, bytes: 9_000_000 }]
        await desk.page(wish)
        expect(desk.calls).toBeLessThanOrEqual(1 + 8)
        await desk.page(wish)
        expect(desk.calls).toBeLessThanOrEqual(1 + 2)
      }
    },
  )

  it('notices that the place has another row since, and serves it', async () => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 9, (index) => index * 3 + 3)
    desk.oddities = [{ kind: 'hugeRow', id: 2, bytes: 9_000_000 }]
    expect(await desk.walk(20)).toHaveLength(8)
    desk.put(CDB, 100, 1)
    expect(await desk.walk(20)).toEqual([
      'cdb 100',
      'cdb 1',
      ...[3, 4, 5, 6, 7, 8, 9].map((one) => `cdb ${one}`),
    ])
  })

  it('may have rows that fit only alone, each of which is served', async () => {
    const desk = new Desk([POSTGRES])
    desk.fill(POSTGRES, 6, (index) => index * 3)
    const most = { limit: 1 }
    desk.gateway.isTooLarge = ({ parameters }) => Number(parameters['Limit']) > most.limit
    expect(await desk.walk(2)).toHaveLength(6)
  })
})

describe('a row of 9 MB, over HTTP', () => {
  it('is left out, and the rows around it are served from either side', async () => {
    const world = worldOf({ postgres: { 'ap-guangzhou': rowsFrom('postgres', 3, 1_700_000_000) } })
    const gateway = await startGateway({ emulator: { world } })
    try {
      gateway.emulator.faults.add({
        oddity: { kind: 'hugeRow', id: 2, bytes: 9_000_000 },
        service: 'postgres',
      })
      for (const [page, taskId] of [
        ['first: 1', '3'],
        ['last: 1', '1'],
      ] as const) {
        const { body } = await gateway.query(
          `{ postgresTasks(${page}) { nodes { taskId } totalCount sources { error { code message } } } }`,
        )
        expect(body.errors).toBeUndefined()
        expect(listAt(body.data, 'postgresTasks', 'nodes')).toEqual([{ taskId }])
        expect(at(body.data, 'postgresTasks', 'totalCount')).toBeNull()
        expect(at(body.data, 'postgresTasks', 'sources', 0, 'error')).toEqual({
          code: 'UPSTREAM_INVALID_RESPONSE',
          message: expect.stringContaining('offset 1') as unknown,
        })
      }
    } finally {
      await gateway.close()
    }
  }, 60_000)
})
