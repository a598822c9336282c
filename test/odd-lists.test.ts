import type { Oddity } from '../src/emulator/server/oddities'
import type { TaskPage } from '../src/tasks/list-tasks'
import { at } from './support/answer'
import { startGateway } from './support/gateway'
import { CDB, Desk, POSTGRES, WAYS } from './support/paging/desk'
import { rowsFrom, worldOf } from './support/worlds'

const count = (add: number, factor = 1): Oddity => ({ kind: 'count', factor, add })
const cap = (rows: number): Oddity => ({ kind: 'cap', rows })

const LIES: readonly (readonly [text: string, rows: number, oddities: readonly Oddity[]])[] = [
  ['1 row, counted as 2', 1, [count(1)]],
  ['1 row, counted as none', 1, [count(-1)]],
  ['3 rows, counted as 1', 3, [count(-2)]],
  ['40 rows, counted as 3', 40, [count(-37)]],
  ['40 rows, counted as 60', 40, [count(0, 1.5)]],
  ['100 rows, counted as 50', 100, [count(0, 0.5)]],
  ['200 rows, counted as 100', 200, [count(0, 0.5)]],
  ['200 rows, counted as 2^31', 200, [count(2 ** 31 - 200)]],
  ['300 rows, counted as 301', 300, [count(1)]],
  ['300 rows, counted as 299', 300, [count(-1)]],
  ['300 rows, counted as 450', 300, [count(0, 1.5)]],
  ['300 rows in answers of 50 at most', 300, [cap(50)]],
  ['300 rows in answers of 20 at most', 300, [cap(20)]],
  ['130 rows in answers of 50 at most, counted as 195', 130, [cap(50), count(0, 1.5)]],
  ['130 rows in answers of 50 at most, counted as 65', 130, [cap(50), count(0, 0.5)]],
]

describe.each([
  ['CDB', CDB],
  ['Postgres', POSTGRES],
] as const)('a list of %s whose count is wrong', (_, place) => {
  describe.each(LIES)('%s', (_text, rows, oddities) => {
    it.each(WAYS)('is served whole, each task once, and reported, %s', async (_way, wish) => {
      const desk = new Desk([place])
      desk.fill(place, rows, (index) => index * 3)
      desk.oddities = oddities
      const pages: TaskPage[] = []
      const onPage = (page: TaskPage) => void pages.push(page)
      const found = await desk.walk(20, wish, () => {}, onPage)
      expect(new Set(found).size).toBe(found.length)
      expect(found).toHaveLength(rows)
      const told = pages.filter(({ sources: [source] }) => source?.failure)
      expect(told.length).toBeGreaterThan(0)
      for (const page of told) {
        expect(page.sources[0]).toMatchObject({
          failure: { code: 'UPSTREAM_INVALID_RESPONSE' },
          isMissing: false,
        })
        expect(await page.totalCount()).toBeNull()
      }
    })
  })
})

describe('a list that is counted too low, walked one task at a time', () => {
  it.each(WAYS)('is served whole, each task once, %s', async (_way, wish) => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 8, (index) => index * 3)
    for (const add of [-2, -5, -8]) {
      desk.oddities = [count(add)]
      const found = await desk.walk(1, wish)
      expect([found.length, new Set(found).size]).toEqual([8, 8])
    }
  })
})

describe('a list whose count is wrong, over HTTP', () => {
  it('is served, its source is degraded, and the contradiction is reported once and counted', async () => {
    const world = worldOf({ cdb: { 'ap-guangzhou': rowsFrom('cdb', 1, 1_700_000_000) } })
    const gateway = await startGateway({ emulator: { world }, env: { TASK_GATEWAY_POSTGRES_REGIONS: '' } })
    try {
      gateway.emulator.faults.add({ oddity: { kind: 'count', add: 1 }, service: 'cdb', times: 2 })
      const { body } = await gateway.query(
        '{ cdbTasks { nodes { taskId } totalCount pageInfo { hasNextPage } sources { totalCount error { code retryable } source { state } } } }',
      )
      expect(body.errors).toBeUndefined()
      expect(at(body.data, 'cdbTasks')).toEqual({
        nodes: [{ taskId: expect.any(String) as unknown }],
        totalCount: null,
        pageInfo: { hasNextPage: false },
        sources: [
          {
            totalCount: null,
            error: { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
            source: { state: 'DEGRADED' },
          },
        ],
      })
      expect(at(body.extensions, 'upstream', 'calls')).toBe(2)
      const { body: next } = await gateway.query('{ cdbTasks { nodes { taskId } totalCount } }')
      expect(at(next.data, 'cdbTasks', 'totalCount')).toBeNull()
      expect(await gateway.metrics()).toMatch(/^task_gateway_lists_contradicted_total{.*} 1$/m)
    } finally {
      await gateway.close()
    }
  })
})
