import { DEMO_CREDENTIAL } from '../src/emulator/server/credential'
import { at, listAt, textAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const NOV_2023 = Date.UTC(2023, 10, 1) / 1000
const PROD = { ...DEMO_CREDENTIAL, account: 'prod' }
const DEV = { secretId: 'AKIDDEVELOPMENT', secretKey: 'development-secret', account: 'dev' }
const REGIONS = ['ap-guangzhou', 'ap-shanghai']

/** The same numbers everywhere, a second apart, so that order and identity must go by more than them. */
const worldFrom = (second: number) =>
  worldOf({
    cdb: Object.fromEntries(REGIONS.map((region) => [region, rowsFrom('cdb', 4, second)])),
    postgres: Object.fromEntries(REGIONS.map((region) => [region, rowsFrom('postgres', 4, second)])),
  })

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    emulator: {
      credentials: [
        { ...PROD, world: worldFrom(NOV_2023) },
        { ...DEV, world: worldFrom(NOV_2023 + 1) },
      ],
    },
    env: {
      TASK_GATEWAY_ACCOUNTS: 'prod,dev',
      TENCENTCLOUD_SECRET_ID_PROD: PROD.secretId,
      TENCENTCLOUD_SECRET_KEY_PROD: PROD.secretKey,
      TENCENTCLOUD_SECRET_ID_DEV: DEV.secretId,
      TENCENTCLOUD_SECRET_KEY_DEV: DEV.secretKey,
      TENCENTCLOUD_REGION: REGIONS.join(','),
      TASK_GATEWAY_POSTGRES_REGIONS_DEV: 'ap-shanghai',
    },
  })
})
afterAll(() => gateway.close())
beforeEach(() => {
  gateway.emulator.faults.clear()
  gateway.emulator.log.clear()
})

async function list(filter: object = {}, first = 100) {
  const { body } = await gateway.query(
    `query ($filter: TaskFilter, $first: Int) { tasks(first: $first, filter: $filter) {
      nodes { id taskId provider account region startedAt } totalCount
      pageInfo { endCursor hasNextPage } sources { source { name } totalCount error { code } }
    } }`,
    { filter, first },
  )
  expect(body).not.toHaveProperty('errors')
  return at(body.data, 'tasks')
}

const NAMES = [
  'cdb/prod/ap-guangzhou',
  'cdb/prod/ap-shanghai',
  'cdb/dev/ap-guangzhou',
  'cdb/dev/ap-shanghai',
  'postgres/prod/ap-guangzhou',
  'postgres/prod/ap-shanghai',
  'postgres/dev/ap-shanghai',
]
const nameOf = (node: unknown) =>
  `${textAt(node, 'provider').toLowerCase()}/${textAt(node, 'account')}/${textAt(node, 'region')}`

describe('several accounts and regions', () => {
  it('are each a source, with the key and region of its own', async () => {
    const page = await list()
    expect(listAt(page, 'sources').map((source) => at(source, 'source', 'name'))).toEqual(NAMES)
    const asked = gateway.emulator.log.calls.map(
      ({ service, secretId, region }) =>
        `${service}/${secretId === DEV.secretId ? 'dev' : 'prod'}/${region ?? '-'}`,
    )
    expect(asked.sort()).toEqual([...NAMES].sort())
    expect(gateway.emulator.log.count({ outcome: 'ok' })).toBe(NAMES.length)
  })

  it('are one list, newest first, ties by product, account, region and number', async () => {
    const nodes = listAt(await list(), 'nodes')
    expect(nodes).toHaveLength(4 * NAMES.length)
    const keys = nodes.map((node) =>
      [
        at(node, 'startedAt'),
        at(node, 'provider'),
        at(node, 'account'),
        at(node, 'region'),
        at(node, 'taskId'),
      ].join(' '),
    )
    expect(keys).toEqual([...keys].sort().reverse())
  })

  it('give each task an id of its own, by which it is found in one call', async () => {
    const nodes = listAt(await list(), 'nodes')
    expect(new Set(nodes.map((node) => at(node, 'id'))).size).toBe(nodes.length)
    for (const node of nodes.filter((one) => at(one, 'taskId') === '3')) {
      gateway.emulator.log.clear()
      const { body } = await gateway.query(
        'query ($id: ID!) { task(id: $id) { id taskId provider account region startedAt } }',
        { id: at(node, 'id') },
      )
      expect(body.data).toEqual({ task: node })
      expect(gateway.emulator.log.calls.map(({ region }) => region)).toEqual([at(node, 'region')])
    }
  })

  it.each([
    [{ accounts: ['dev'] }, /^\w+\/dev\//],
    [{ accounts: ['dev', 'prod'], providers: ['POSTGRES'] }, /^postgres\//],
    [{ regions: ['ap-shanghai'] }, /shanghai$/],
    [{ accounts: ['prod'], regions: ['ap-guangzhou'], providers: ['CDB'] }, /^cdb\/prod\/ap-guangzhou$/],
    [{ accounts: ['dev'], regions: ['ap-guangzhou'], providers: ['POSTGRES'] }, /^$/],
  ])('are asked only where the filter leaves them: %j', async (filter, pattern) => {
    const page = await list(filter)
    const wanted = NAMES.filter((name) => pattern.test(name))
    expect([...new Set(listAt(page, 'nodes').map(nameOf))].sort()).toEqual([...wanted].sort())
    expect(at(page, 'totalCount')).toBe(4 * wanted.length)
    expect(gateway.emulator.log.count()).toBe(wanted.length)
  })

  it('are walked page by page, each task once', async () => {
    const seen: unknown[] = []
    for (let after: unknown = null; ;) {
      const { body } = await gateway.query(
        'query ($after: String) { tasks(first: 5, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }',
        { after },
      )
      seen.push(...listAt(body.data, 'tasks', 'nodes').map((node) => at(node, 'id')))
      expect(seen.length).toBeLessThanOrEqual(4 * NAMES.length)
      after = at(body.data, 'tasks', 'pageInfo', 'endCursor')
      expect(String(after).length).toBeLessThan(512)
      if (at(body.data, 'tasks', 'pageInfo', 'hasNextPage') !== true) break
    }
    expect(seen).toEqual(listAt(await list(), 'nodes').map((node) => at(node, 'id')))
  })

  it.each([
    ['one region', { region: 'ap-shanghai', service: 'cdb' }, 2],
    ['one account', { secretId: DEV.secretId }, 3],
  ])('live on where %s fails', async (_, where, failing) => {
    gateway.emulator.faults.add({ fault: { kind: 'badJson' }, ...where })
    const page = await list()
    const errors = listAt(page, 'sources').filter((source) => at(source, 'error') !== null)
    expect(errors).toHaveLength(failing)
    expect(listAt(page, 'nodes')).toHaveLength(4 * (NAMES.length - failing))
    expect(page).toMatchObject({ totalCount: null, pageInfo: { hasNextPage: true } })
  })

  it('are each told in errors[] by account and region where the query has not asked', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'badJson' }, secretId: DEV.secretId })
    const { body } = await gateway.query('{ tasks { nodes { id } } }')
    const told = (body.errors ?? []).map(({ extensions: { provider, account, region } }) => [
      provider,
      account,
      region,
    ])
    expect(told).toEqual([
      ['CDB', 'dev', 'ap-guangzhou'],
      ['CDB', 'dev', 'ap-shanghai'],
      ['POSTGRES', 'dev', 'ap-shanghai'],
    ])
  })
})

describe('a task number that several have', () => {
  const ask = (where: string) =>
    gateway.query(`{ postgresTask(taskId: "2"${where}) { account region taskId } }`)

  it.each([
    ['', 'region'],
    [', account: "prod"', 'region'],
    [', region: "ap-shanghai"', 'account'],
  ])('is an error that asks which, given %j', async (where, argument) => {
    const { body } = await ask(where)
    expect(body.data).toEqual({ postgresTask: null })
    expect(body.errors).toHaveLength(1)
    expect(body.errors?.[0]).toMatchObject({
      message: expect.stringContaining(argument) as unknown,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })

  it('is found where account and region leave one', async () => {
    const { body } = await ask(', account: "prod", region: "ap-shanghai"')
    expect(body.data).toEqual({ postgresTask: { account: 'prod', region: 'ap-shanghai', taskId: '2' } })
    expect(gateway.emulator.log.count()).toBe(1)
    expect((await ask(', account: "dev"')).body.data).toMatchObject({ postgresTask: { account: 'dev' } })
  })

  it('is found beside a region that could not be asked, which is told', async () => {
    gateway.emulator.faults.add({
      fault: { kind: 'badJson' },
      region: 'ap-shanghai',
      secretId: PROD.secretId,
    })
    const { body } = await gateway.query('{ postgresTask(taskId: "1", account: "prod") { region } }')
    expect(body.data).toEqual({ postgresTask: { region: 'ap-guangzhou' } })
    expect(body.errors).toEqual([expect.objectContaining({ path: ['postgresTask'] })])
  })

  it('gives the CDB jobs of one request from everywhere', async () => {
    const { body: listed } = await gateway.query('{ cdbTasks(first: 1) { nodes { asyncRequestId } } }')
    const { body } = await gateway.query(
      'query ($id: String!) { cdbTasksByRequest(asyncRequestId: $id) { account region } }',
      { id: textAt(listed.data, 'cdbTasks', 'nodes', 0, 'asyncRequestId') },
    )
    expect(body.data).toMatchObject({ cdbTasksByRequest: { length: 4 } })
  })
})

describe('without a region', () => {
  it('CDB is one source that sends none, and there is no Postgres', async () => {
    const bare = await startGateway({
      emulator: { world: worldFrom(NOV_2023) },
      env: { TENCENTCLOUD_REGION: '' },
    })
    try {
      const { body } = await bare.query(
        '{ tasks { nodes { id region } sources { source { name region } } } taskSources { name } }',
      )
      expect(body.data).toMatchObject({
        tasks: { nodes: { length: 4 }, sources: [{ source: { name: 'cdb/default/-', region: null } }] },
        taskSources: [{ name: 'cdb/default/-' }],
      })
      expect(bare.emulator.log.calls.map(({ region }) => region)).toEqual([null])
      const id = textAt(body.data, 'tasks', 'nodes', 0, 'id')
      const { body: found } = await bare.query('query ($id: ID!) { task(id: $id) { id region } }', { id })
      expect(found.data).toEqual({ task: { id, region: null } })
      const { body: none } = await bare.query(
        '{ postgresTasks { nodes { id } } postgresTask(taskId: "1") { id } }',
      )
      expect(none.data).toEqual({ postgresTasks: { nodes: [] }, postgresTask: null })
    } finally {
      await bare.close()
    }
  })
})
