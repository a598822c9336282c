import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

/** CDB in two regions, Postgres in one. */
const THREE_SOURCES = {
  TASK_GATEWAY_CDB_REGIONS: 'ap-guangzhou,ap-shanghai',
  TASK_GATEWAY_POSTGRES_REGIONS: 'ap-guangzhou',
}

const started: TestGateway[] = []
const start = async (env: Record<string, string>) => {
  const gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { ...THREE_SOURCES, ...env },
  })
  started.push(gateway)
  return gateway
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await start({ TASK_GATEWAY_MAX_COST: '1' })
})
afterAll(() => Promise.all(started.map((one) => one.close())))

/** What the gateway says that an operation costs, of one that plans more than a single call. */
async function costOf(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const { status, body } = await gateway.query(query, variables)
  if (status === 200) return 'at most 1'
  expect([status, body.errors?.map(({ extensions }) => extensions['code'])]).toEqual([
    400,
    ['QUERY_TOO_COSTLY'],
  ])
  return body.errors?.[0]?.extensions['cost']
}

describe('the cost of an operation is the upstream calls that it plans', () => {
  it.each([
    ['one a source for a list', '{ tasks { totalCount } }', 3],
    ['one a source up to 95 tasks', '{ tasks(first: 95) { totalCount } }', 3],
    ['two a source beyond', '{ tasks(last: 96) { totalCount } }', 6],
    ['those of its product', '{ cdbTasks { totalCount } }', 2],
    ['those of its product', '{ postgresTasks { totalCount } }', 'at most 1'],
    ['that its filter leaves', '{ tasks(filter: { providers: [CDB] }) { totalCount } }', 2],
    ['that its filter leaves', '{ tasks(filter: { regions: ["ap-guangzhou"] }) { totalCount } }', 2],
    ['that its filter leaves', '{ tasks(filter: { regions: ["ap-shanghai"] }) { totalCount } }', 'at most 1'],
    ['that its filter leaves', '{ tasks(filter: { accounts: ["default"] }) { totalCount } }', 3],
    [
      'none where nothing can match',
      '{ a: tasks(filter: { providers: [] }) { nodes { instances { tasks { totalCount } } } } }',
      'at most 1',
    ],
    [
      'a list for each instance',
      '{ tasks(filter: { instanceIds: ["cdb-1", "cdb-2", "cdb-1"] }) { totalCount } }',
      4,
    ],
    [
      'a list for each instance where it can be',
      '{ tasks(filter: { instanceIds: ["cdb-1", "postgres-1"] }) { totalCount } }',
      3,
    ],
    [
      'one list for many instances',
      `{ tasks(filter: { instanceIds: ${JSON.stringify(Array.from({ length: 9 }, (_, at) => `cdb-${at}`))} }) { totalCount } }`,
      2,
    ],
    ['the sum of siblings', '{ a: cdbTasks { totalCount } b: cdbTasks { totalCount } }', 4],
    [
      'once where fields are merged',
      '{ tasks { totalCount } tasks { nodes { id } } ...F } fragment F on Query { tasks { nodes { type } } }',
      3,
    ],
    [
      'the tasks of each task on the page',
      '{ tasks(first: 10) { nodes { instances { tasks { totalCount } } } } }',
      3 + 10 * 2,
    ],
    [
      'the tasks of each task behind an edge',
      '{ tasks(first: 10) { edges { node { instances { tasks { totalCount } } } } } }',
      3 + 10 * 2,
    ],
    [
      'twenty a page where nothing is said',
      '{ tasks { nodes { instances { tasks { totalCount } } } } }',
      3 + 20 * 2,
    ],
    [
      'level by level',
      '{ tasks(first: 2) { nodes { instances { tasks(first: 3) { nodes { instances { tasks { totalCount } } } } } } } }',
      3 + 2 * (2 + 3 * 2),
    ],
    [
      'of the dearest type',
      '{ tasks(first: 10) { nodes { ... on CdbTask { instances { tasks { totalCount } } } ... on PostgresTask { instances { tasks { totalCount } } } } } }',
      3 + 10 * 2,
    ],
    ['one an id', '{ a: task(id: "x") { id } b: node(id: "y") { id } }', 2],
    ['one an id', '{ nodes(ids: ["a", "b", "c", "a"]) { id } }', 3],
    [
      'the tasks of each node',
      '{ nodes(ids: ["a", "b"]) { ... on Task { instances { tasks { totalCount } } } } }',
      2 + 2 * 2,
    ],
    ['one a source for a look-up', '{ cdbTasksByRequest(asyncRequestId: "a") { id } }', 2],
    [
      'one a source for a look-up',
      '{ cdbTasksByRequest(asyncRequestId: "a", region: "ap-shanghai") { id } }',
      'at most 1',
    ],
    ['none for the sources', '{ taskSources { name } __schema { queryType { name } } }', 'at most 1'],
    [
      'none where the arguments are wrong',
      '{ tasks(first: 1, last: 1) { totalCount } b: cdbTasks(first: 0) { totalCount } c: cdbTasks(first: 101) { totalCount } }',
      'at most 1',
    ],
  ])('%s: %s', async (_, query, cost) => {
    expect(await costOf(query)).toBe(cost)
  })

  it('one a representation, that of an instance excepted', async () => {
    const query = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on DatabaseInstance { tasks { totalCount } } ... on Task { id } }
    }`
    const task = { __typename: 'Task', id: 'x' }
    const instance = { __typename: 'DatabaseInstance', id: 'cdb-1' }
    expect(await costOf(query, { representations: [instance, instance] })).toBe(2 * 2)
    expect(
      await costOf('query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
        r: [task, task, task],
      }),
    ).toBe(3)
  })

  it('whatever the variables say, and @skip and @include', async () => {
    const query = `query ($filter: TaskFilter, $first: Int = 10, $skip: Boolean = false) {
      tasks(first: $first, filter: $filter) { nodes @skip(if: $skip) { instances { tasks { totalCount } } } }
    }`
    expect(await costOf(query)).toBe(3 + 10 * 2)
    expect(await costOf(query, { first: 1, filter: { providers: ['POSTGRES'] } })).toBe(1 + 2)
    expect(await costOf(query, { filter: { providers: ['POSTGRES'] }, skip: true })).toBe('at most 1')
    expect(await costOf('{ tasks { totalCount } b: cdbTasks @include(if: false) { totalCount } }')).toBe(3)
  })

  it('of the operation that is run, when the document has several', async () => {
    const query = 'query A { taskSources { name } } query B { tasks { totalCount } }'
    const send = async (operationName: string) => {
      const answer = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      })
      return answer.status
    }
    expect([await send('A'), await send('B')]).toEqual([200, 400])
  })
})

describe('an operation that is too costly', () => {
  const NESTED = '{ tasks(first: 100) { nodes { instances { tasks { totalCount } } } } }'

  it('is refused before anything is asked, and says its cost and the limit', async () => {
    const standard = await start({})
    standard.emulator.log.clear()
    const { status, body } = await standard.query(NESTED)
    expect(status).toBe(400)
    expect(body.data).toBeUndefined()
    expect(body.errors?.map(({ message, extensions }) => [message, extensions])).toEqual([
      [
        'The operation plans 206 upstream calls; at most 200 are allowed: ask for smaller pages, fewer sources or less at a time',
        { code: 'QUERY_TOO_COSTLY', cost: 206, limit: 200 },
      ],
    ])
    expect(standard.emulator.log.find({})).toEqual([])
    expect(body.extensions?.upstream.calls).toBe(0)
    expect(await standard.metrics()).toContain(
      'task_gateway_refusals_total{code="QUERY_TOO_COSTLY",limit="cost"} 1',
    )
  })

  it.each(['application/json', 'application/graphql-response+json', '*/*'])(
    'has its status for %s',
    async (accept) => {
      expect((await gateway.query('{ tasks { totalCount } }', {}, { accept })).status).toBe(400)
    },
  )

  it('runs where the limit allows it, and costs no more than it was said to', async () => {
    const generous = await start({ TASK_GATEWAY_MAX_COST: '206' })
    const { status, body } = await generous.query(NESTED)
    expect([status, body.errors]).toEqual([200, undefined])
    expect(body.extensions?.upstream.calls).toBeLessThanOrEqual(206)
    expect(await generous.metrics()).toContain('task_gateway_operation_cost_sum 206')
  })
})
