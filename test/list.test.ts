import { at, listAt, textAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const NOV_2023 = Date.UTC(2023, 10, 1) / 1000
const COUNT = 150

const cdbRows = rowsFrom('cdb', COUNT, NOV_2023).map((row, index) => ({
  ...row,
  TaskStatus: index % 3 === 0 ? 'FAILED' : 'SUCCEED',
  TaskType: index % 5 === 0 ? 'REBOOT' : 'MODIFY PARAM',
  InstanceIds: [index % 2 === 0 ? 'cdb-even0000' : 'cdb-odd00000'],
}))
const postgresRows = rowsFrom('postgres', COUNT, NOV_2023 + 30).map((row, index) => ({
  ...row,
  Status: index % 3 === 0 ? 'Fail' : 'Success',
  DBInstanceId: index % 2 === 0 ? 'postgres-even000' : 'postgres-odd0000',
}))

let gateway: TestGateway
beforeAll(async () => {
  const world = worldOf({ cdb: { [REGION]: cdbRows }, postgres: { [REGION]: postgresRows } })
  gateway = await startGateway({ emulator: { world } })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

/** One page; gives its connection and how many calls each product was sent, which must be what the answer says. */
async function page(
  field: string,
  selection = 'nodes { taskId provider } pageInfo { hasNextPage endCursor }',
) {
  gateway.emulator.log.clear()
  const { body } = await gateway.query(`{ list: ${field} { ${selection} } }`)
  expect(body).not.toHaveProperty('errors')
  const calls = (service: string) => gateway.emulator.log.count({ service })
  expect(body.extensions?.upstream.calls).toBe(gateway.emulator.log.count())
  return { list: at(body.data, 'list'), calls: [calls('cdb'), calls('postgres')] }
}

describe('a page costs one call for each source', () => {
  const ofInstances = 'instanceIds: ["cdb-even0000", "postgres-odd0000"]'

  it.each([
    ['tasks', 1, 1],
    ['tasks(first: 1)', 1, 1],
    ['tasks(first: 95)', 1, 1],
    ['tasks(orderBy: { direction: ASC })', 2, 1],
    ['tasks(last: 20, orderBy: { direction: ASC })', 1, 1],
    ['cdbTasks', 1, 0],
    ['postgresTasks', 0, 1],
    ['tasks(filter: { providers: [CDB] })', 1, 0],
    ['cdbTasks(filter: { statuses: [FAILED] })', 1, 0],
    ['cdbTasks(filter: { types: [RESTART], statuses: [FAILED, SUCCEEDED] })', 1, 0],
    [`tasks(filter: { ${ofInstances} })`, 1, 1],
    ['tasks(filter: { startedAt: { from: "2023-11-01T01:00:00Z" } })', 1, 1],
    ['postgresTasks(filter: { startedAt: { to: "2023-11-01T01:00:00Z" } })', 0, 1],
    ['cdbTasks(filter: { instanceIds: ["cdb-even0000"], types: [RESTART] })', 1, 0],
  ])('%s', async (field, cdb, postgres) => {
    const { list, calls } = await page(field)
    expect(listAt(list, 'nodes').length).toBeGreaterThan(0)
    expect(calls[0]).toBeLessThanOrEqual(cdb)
    expect(calls[1]).toBeLessThanOrEqual(postgres)
  })

  it('and as much for the next page', async () => {
    let after = ''
    for (let walked = 0; walked < 5; walked += 1) {
      const { list, calls } = await page(`tasks(first: 40${after})`)
      expect(calls).toEqual([1, 1])
      expect(listAt(list, 'nodes')).toHaveLength(40)
      after = `, after: ${JSON.stringify(textAt(list, 'pageInfo', 'endCursor'))}`
    }
  })

  it('with its total, where the upstreams count it', async () => {
    const { list, calls } = await page('tasks(first: 5)', 'totalCount sources { totalCount } nodes { id }')
    expect(list).toMatchObject({ totalCount: 300, sources: [{ totalCount: 150 }, { totalCount: 150 }] })
    expect(calls).toEqual([1, 1])
    const failed = await page('cdbTasks(first: 5, filter: { statuses: [FAILED] })', 'totalCount')
    expect(failed).toEqual({ list: { totalCount: 50 }, calls: [1, 0] })
  })

  it('and both directions of hasPage cost none', async () => {
    const { list } = await page('tasks(first: 10)')
    const after = JSON.stringify(textAt(list, 'pageInfo', 'endCursor'))
    const next = await page(`tasks(first: 10, after: ${after})`, 'pageInfo { hasNextPage hasPreviousPage }')
    expect(next).toEqual({
      list: { pageInfo: { hasNextPage: true, hasPreviousPage: true } },
      calls: [1, 1],
    })
  })
})

describe('a source that a filter rules out is not called', () => {
  it.each([
    ['its product is another', '{ providers: [POSTGRES] }', 0, 1],
    ['the instances are of another product', '{ instanceIds: ["postgres-odd0000", "pg-x"] }', 0, 1],
    ['the instances are of another product', '{ instanceIds: ["cdb-even0000"] }', 1, 0],
    ['it never has such a status', '{ statuses: [REMOVED, CANCELLED, PENDING] }', 1, 0],
    ['it never has such a type', '{ types: [ENABLE_GTID] }', 1, 0],
    ['it never has such a type', '{ types: [RESTORE, DESTROY_INSTANCE] }', 0, 1],
    ['the parts contradict each other', '{ providers: [CDB], instanceIds: ["postgres-odd0000"] }', 0, 0],
  ])('because %s: %s', async (_, filter, cdb, postgres) => {
    const { calls } = await page(`tasks(filter: ${filter})`, 'nodes { id }')
    expect(calls.map((count) => count > 0)).toEqual([cdb > 0, postgres > 0])
  })

  it('because an id that tells no product is asked of all', async () => {
    const { calls } = await page('tasks(filter: { instanceIds: ["tdsql-x"] })', 'nodes { id }')
    expect(calls).toEqual([1, 1])
  })
})

describe('the tasks of an instance', () => {
  it('are listed from the instance of a task, of its product alone', async () => {
    const { list, calls } = await page(
      'postgresTasks(first: 1)',
      'nodes { instances { id tasks(first: 2) { nodes { provider instances { id } } totalCount } } }',
    )
    const instance = { id: 'postgres-odd0000' }
    expect(list).toEqual({
      nodes: [
        {
          instances: [
            {
              ...instance,
              tasks: {
                nodes: [
                  { provider: 'POSTGRES', instances: [instance] },
                  { provider: 'POSTGRES', instances: [instance] },
                ],
                totalCount: 75,
              },
            },
          ],
        },
      ],
    })
    expect(calls[0]).toBe(0)
  })

  it('are none where the filter names another instance', async () => {
    const { list } = await page(
      'cdbTasks(first: 1)',
      'nodes { instances { tasks(filter: { instanceIds: ["cdb-none0000"] }) { totalCount nodes { id } } } }',
    )
    expect(list).toEqual({ nodes: [{ instances: [{ tasks: { totalCount: 0, nodes: [] } }] }] })
  })
})

describe('a list', () => {
  it('has both products in one order, with a cursor for each task', async () => {
    const { list } = await page(
      'tasks(first: 6)',
      'edges { cursor node { startedAt provider } } nodes { startedAt provider }',
    )
    const nodes = listAt(list, 'nodes')
    expect(listAt(list, 'edges').map((edge) => at(edge, 'node'))).toEqual(nodes)
    expect(nodes.map((node) => at(node, 'provider'))).toEqual([
      'POSTGRES',
      'CDB',
      'POSTGRES',
      'CDB',
      'POSTGRES',
      'CDB',
    ])
    const after = JSON.stringify(textAt(list, 'edges', 2, 'cursor'))
    const next = await page(`tasks(first: 3, after: ${after})`, 'nodes { startedAt provider }')
    expect(next.list).toEqual({ nodes: nodes.slice(3) })
  })

  it('says of each source what it has, and how it is', async () => {
    const { list } = await page(
      'tasks(first: 1)',
      'sources { source { name provider account region state callsPerSecond lastSuccessAt lastError { code } } totalCount error { code } }',
    )
    const source = (provider: string) => ({
      source: {
        name: `${provider.toLowerCase()}/default/${REGION}`,
        provider,
        account: 'default',
        region: REGION,
        state: 'AVAILABLE',
        callsPerSecond: 1000,
        lastSuccessAt: expect.stringMatching(/Z$/) as unknown,
        lastError: null,
      },
      totalCount: COUNT,
      error: null,
    })
    expect(list).toEqual({ sources: [source('CDB'), source('POSTGRES')] })
  })

  it('walks the same tasks forward and backward', async () => {
    const forward: unknown[] = []
    const backward: unknown[] = []
    for (let after = ''; ;) {
      const { list } = await page(`tasks(first: 90${after})`)
      forward.push(...listAt(list, 'nodes'))
      expect(forward.length).toBeLessThanOrEqual(2 * COUNT)
      if (at(list, 'pageInfo', 'hasNextPage') !== true) break
      after = `, after: ${JSON.stringify(textAt(list, 'pageInfo', 'endCursor'))}`
    }
    for (let before = ''; ;) {
      const { list } = await page(
        `tasks(last: 70${before})`,
        'nodes { taskId provider } pageInfo { hasPreviousPage startCursor }',
      )
      backward.unshift(...listAt(list, 'nodes'))
      expect(backward.length).toBeLessThanOrEqual(2 * COUNT)
      if (at(list, 'pageInfo', 'hasPreviousPage') !== true) break
      before = `, before: ${JSON.stringify(textAt(list, 'pageInfo', 'startCursor'))}`
    }
    expect(forward).toHaveLength(2 * COUNT)
    expect(backward).toEqual(forward)
  })

  it('is empty, with no next page, where there is no task at all', async () => {
    const { list } = await page(
      'tasks(filter: { startedAt: { from: "2030-01-01T00:00:00Z" } })',
      'nodes { id } edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }',
    )
    expect(list).toEqual({
      nodes: [],
      edges: [],
      totalCount: 0,
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    })
  })
})
