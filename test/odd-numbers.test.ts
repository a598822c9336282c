import type { WireRow } from '../src/emulator/world/row'
import { at, listAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const gateways: TestGateway[] = []
afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())))

async function over(cdb: readonly WireRow[], postgres: readonly WireRow[] = []): Promise<TestGateway> {
  const world = worldOf({ cdb: { [REGION]: cdb }, postgres: { [REGION]: postgres } })
  const gateway = await startGateway({ emulator: { world } })
  gateways.push(gateway)
  return gateway
}

describe('a duration', () => {
  it.each([
    ['1970-01-02 08:00:00', '2039-01-02 08:00:00', null],
    ['2023-11-15 06:13:20', '9999-12-31 23:59:59', null],
    ['1970-01-02 08:00:00', '2038-01-20 11:14:07', 2_147_483_647],
    ['1970-01-02 08:00:00', '2038-01-20 11:14:08', null],
  ])(
    'from %s to %s that fits an Int is served, and one that does not is null',
    async (start, end, seconds) => {
      const gateway = await over([{ JobId: 1, StartTime: start, EndTime: end }])
      const { body } = await gateway.query('{ cdbTasks { nodes { startedAt endedAt durationSeconds } } }')
      expect(body.errors).toBeUndefined()
      expect(at(body.data, 'cdbTasks', 'nodes', 0)).toEqual({
        startedAt: new Date(`${start.replace(' ', 'T')}+08:00`).toISOString(),
        endedAt: new Date(`${end.replace(' ', 'T')}+08:00`).toISOString(),
        durationSeconds: seconds,
      })
    },
  )

  it('does not stop a walk through tasks of the last second that there is', async () => {
    const rows = [1, 2, 3].map((JobId) => ({ JobId, StartTime: '9999-12-31 23:59:59' }))
    const gateway = await over([...rows, { JobId: 4, StartTime: '1970-01-01 08:00:01' }])
    for (const direction of ['DESC', 'ASC']) {
      const found: unknown[] = []
      for (let after: unknown = null, more: unknown = true; more === true;) {
        const { body } = await gateway.query(
          `query ($after: String) { cdbTasks(first: 1, after: $after, orderBy: { field: STARTED_AT, direction: ${direction} })
            { nodes { taskId } totalCount pageInfo { endCursor hasNextPage } } }`,
          { after },
        )
        expect(body.errors).toBeUndefined()
        expect(at(body.data, 'cdbTasks', 'totalCount')).toBe(4)
        found.push(at(body.data, 'cdbTasks', 'nodes', 0, 'taskId'))
        after = at(body.data, 'cdbTasks', 'pageInfo', 'endCursor')
        more = at(body.data, 'cdbTasks', 'pageInfo', 'hasNextPage')
      }
      expect(found).toEqual(direction === 'DESC' ? ['3', '2', '1', '4'] : ['4', '1', '2', '3'])
    }
  })
})

describe('a count', () => {
  const LIST = '{ tasks(first: 1) { nodes { taskId } totalCount sources { totalCount } } }'

  it.each([2 ** 31, 2 ** 53, 2 ** 63])('of %d does not fit an Int and is null', async (total) => {
    const gateway = await over(rowsFrom('cdb', 150, 1_700_000_000))
    gateway.emulator.faults.add({ oddity: { kind: 'count', add: total }, service: 'cdb' })
    const { body } = await gateway.query(LIST)
    expect(body.errors).toBeUndefined()
    expect(at(body.data, 'tasks', 'totalCount')).toBeNull()
    expect(listAt(body.data, 'tasks', 'nodes')).toHaveLength(1)
  })

  it('of two lists that fits is served for each, and null where the sum does not fit', async () => {
    const gateway = await over(rowsFrom('cdb', 150, 1_700_000_000), rowsFrom('postgres', 150, 1_700_000_000))
    gateway.emulator.faults.add({ oddity: { kind: 'count', add: 2 ** 30 - 150 } })
    const { body } = await gateway.query(LIST)
    expect(body.errors).toBeUndefined()
    expect(at(body.data, 'tasks', 'totalCount')).toBeNull()
    expect(at(body.data, 'tasks', 'sources')).toEqual([{ totalCount: 2 ** 30 }, { totalCount: 2 ** 30 }])
  })
})

describe('a code', () => {
  it.each([
    [-2_147_483_648, -2_147_483_648],
    [-2_147_483_649, null],
    [2_147_483_648, null],
  ])('of %d is %s', async (Code, code) => {
    const gateway = await over([{ JobId: 1, Code }])
    const { body } = await gateway.query('{ cdbTasks { nodes { code } } }')
    expect(body.errors).toBeUndefined()
    expect(at(body.data, 'cdbTasks', 'nodes', 0)).toEqual({ code })
  })
})
