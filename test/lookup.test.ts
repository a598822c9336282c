import type { WireRow } from '../src/emulator/world/row'
import { formatBeijingTime } from '../src/tencent/time'
import { at, listAt, textAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const NOV_2023 = Date.UTC(2023, 10, 1) / 1000
const BY_ID = 'query ($id: ID!) { task(id: $id) { id taskId status } }'

const gateways: TestGateway[] = []
afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())))

async function start(...options: Parameters<typeof startGateway>): Promise<TestGateway> {
  const gateway = await startGateway(...options)
  gateways.push(gateway)
  return gateway
}

function over(rows: { cdb?: readonly WireRow[]; postgres?: readonly WireRow[] }): Promise<TestGateway> {
  const world = worldOf({ cdb: { [REGION]: rows.cdb ?? [] }, postgres: { [REGION]: rows.postgres ?? [] } })
  return start({ emulator: { world } })
}

/** The id that the list gives the task of this number. */
async function idOf(gateway: TestGateway, taskId: string): Promise<string> {
  for (let after: string | null = null; ;) {
    const { body } = await gateway.query(
      'query ($after: String) { tasks(first: 100, after: $after) { nodes { id taskId } pageInfo { endCursor hasNextPage } } }',
      { after },
    )
    const found = listAt(body.data, 'tasks', 'nodes').find((node) => at(node, 'taskId') === taskId)
    if (found !== undefined) return textAt(found, 'id')
    after = textAt(body.data, 'tasks', 'pageInfo', 'endCursor')
  }
}

async function find(gateway: TestGateway, id: string) {
  gateway.emulator.log.clear()
  const { body } = await gateway.query(BY_ID, { id })
  expect(body).not.toHaveProperty('errors')
  return { task: at(body.data, 'task'), calls: gateway.emulator.log.count() }
}

describe('the id of a task finds it in one call', () => {
  /** Older than thousands of others, so that no list of the newest holds it. */
  const busy = rowsFrom('cdb', 600, NOV_2023).map((row, index) => ({
    ...row,
    JobId: 1000 + index,
    InstanceIds: ['cdb-busy0000'],
  }))
  const early = { StartTime: '2023-01-01 00:00:00', EndTime: '2023-01-01 00:01:00' }

  it.each([
    ['by its request', { AsyncRequestId: '9d21004b-3aa1896a-eeddca4b-a68f106d' }],
    ['by its instance and start', { AsyncRequestId: '', InstanceIds: ['cdb-quiet000'] }],
    ['by its request, which made several', { AsyncRequestId: busy[0] ? 'shared-request' : '' }],
  ])('%s', async (_, fields) => {
    const twin = { ...early, AsyncRequestId: 'shared-request', JobId: 8 }
    const gateway = await over({ cdb: [...busy, twin, { JobId: 7, ...early, ...fields }] })
    const id = await idOf(gateway, '7')
    expect(await find(gateway, id)).toEqual({ task: { id, taskId: '7', status: 'SUCCEEDED' }, calls: 1 })
  })

  it('by its number, where the product can be asked for that', async () => {
    const gateway = await over({
      postgres: [...rowsFrom('postgres', 600, NOV_2023), { TaskId: 7000, ...early }],
    })
    const id = await idOf(gateway, '7000')
    expect(await find(gateway, id)).toEqual({ task: { id, taskId: '7000', status: 'SUCCEEDED' }, calls: 1 })
  })
})

describe('the id of a task finds it when its hint has gone stale', () => {
  const busy = rowsFrom('cdb', 350, NOV_2023).map((row, index) => ({ ...row, JobId: 1000 + index }))
  const middle = (minutes: number) => ({
    StartTime: formatBeijingTime(NOV_2023 + minutes * 60),
    EndTime: formatBeijingTime(NOV_2023 + minutes * 60 + 5),
  })

  it.each<[string, WireRow, WireRow]>([
    [
      'the instance was destroyed',
      { AsyncRequestId: '', InstanceIds: ['cdb-old00000'] },
      { InstanceIds: [] },
    ],
    ['it was started again', { AsyncRequestId: '' }, middle(200)],
    ['it was started earlier', { AsyncRequestId: '' }, middle(90)],
    ['the request is another', { AsyncRequestId: 'aaaa' }, { AsyncRequestId: 'bbbb' }],
  ])('because %s', async (_, before, after) => {
    const gateway = await over({ cdb: [...busy, { JobId: 7, ...middle(100), ...before }] })
    const id = await idOf(gateway, '7')
    gateway.emulator.world.change('cdb', REGION, 7, after)
    expect((await find(gateway, id)).task).toMatchObject({ taskId: '7' })
  })

  it('because it had not begun when it was listed', async () => {
    const notBegun = { JobId: 7, AsyncRequestId: '', StartTime: '', EndTime: '', TaskStatus: 'INITIAL' }
    const gateway = await over({ cdb: [...busy, notBegun] })
    const id = await idOf(gateway, '7')
    expect((await find(gateway, id)).task).toEqual({ id, taskId: '7', status: 'PENDING' })
    gateway.emulator.world.change('cdb', REGION, 7, { ...middle(340), TaskStatus: 'RUNNING' })
    expect((await find(gateway, id)).task).toMatchObject({ taskId: '7', status: 'RUNNING' })
  })
})

describe('the id of a task', () => {
  const rows = {
    cdb: rowsFrom('cdb', 3, NOV_2023),
    postgres: rowsFrom('postgres', 3, NOV_2023),
  }

  it('is the same on every path', async () => {
    const gateway = await over(rows)
    const id = await idOf(gateway, '2')
    const typename = 'PostgresTask'
    const { body } = await gateway.query(
      `query ($id: ID!, $any: [_Any!]!) {
        task(id: $id) { id } node(id: $id) { id __typename } nodes(ids: [$id, $id]) { id }
        postgresTask(taskId: "2") { id } _entities(representations: $any) { ... on Task { id } }
      }`,
      { id, any: ['Task', typename].map((type) => ({ __typename: type, id })) },
    )
    expect(body).not.toHaveProperty('errors')
    expect(body.data).toEqual({
      task: { id },
      node: { id, __typename: typename },
      nodes: [{ id }, { id }],
      postgresTask: { id },
      _entities: [{ id }, { id }],
    })
  })

  it('and its cursors go on after a restart, with the same key', async () => {
    const first = await over(rows)
    const page =
      'query ($after: String) { tasks(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }'
    const { body: before } = await first.query(page)
    const second = await start({ inFrontOf: first.emulator })
    const { body: again } = await second.query(page)
    expect(at(again.data, 'tasks', 'nodes')).toEqual(at(before.data, 'tasks', 'nodes'))
    const after = textAt(before.data, 'tasks', 'pageInfo', 'endCursor')
    const [next, same] = [await first.query(page, { after }), await second.query(page, { after })]
    expect(same.body).not.toHaveProperty('errors')
    expect(at(same.body.data, 'tasks', 'nodes')).toEqual(at(next.body.data, 'tasks', 'nodes'))
  })

  it('stays when the task runs on and ends', async () => {
    const running = { JobId: 9, TaskStatus: 'RUNNING', Progress: 5, EndTime: '' }
    const gateway = await over({ cdb: [running] })
    const id = await idOf(gateway, '9')
    const ended = { TaskStatus: 'SUCCEED', Progress: 100, EndTime: '2024-01-01 00:00:00', Message: 'done' }
    gateway.emulator.world.change('cdb', REGION, 9, ended)
    expect(await idOf(gateway, '9')).toBe(id)
  })

  it('says nothing of a task that is gone: null, and no error', async () => {
    const gateway = await over(rows)
    const ids = [await idOf(gateway, '1'), await idOf(gateway, '2')]
    for (const number of [1, 2]) {
      gateway.emulator.world.remove('cdb', REGION, number)
      gateway.emulator.world.remove('postgres', REGION, number)
    }
    for (const id of ids) expect((await find(gateway, id)).task).toBeNull()
  })

  it('is refused when one of its characters was changed', async () => {
    const gateway = await over(rows)
    const id = await idOf(gateway, '2')
    gateway.emulator.log.clear()
    for (let place = 0; place < id.length; place += 1) {
      const forged = id.slice(0, place) + (id[place] === 'A' ? 'B' : 'A') + id.slice(place + 1)
      const { body } = await gateway.query(BY_ID, { id: forged })
      expect(body.data).toEqual({ task: null })
      expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'id' })
    }
    expect(gateway.emulator.log.count()).toBe(0)
  })
})

describe('nodes', () => {
  it('come in the order of the ids, null in the place of those there are none for', async () => {
    const gateway = await over({
      cdb: rowsFrom('cdb', 5, NOV_2023),
      postgres: rowsFrom('postgres', 5, NOV_2023),
    })
    const { body: listed } = await gateway.query('{ tasks { nodes { id } } }')
    const ids = listAt(listed.data, 'tasks', 'nodes').map((node) => textAt(node, 'id'))
    gateway.emulator.world.remove('cdb', REGION, 3)
    const asked = [...ids.slice(5), 'cdb-c1nl9rpv', ...ids.slice(0, 5)]
    gateway.emulator.log.clear()
    const { body } = await gateway.query(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Task { provider taskId } } }',
      { ids: asked },
    )
    const nodes = listAt(body.data, 'nodes')
    const given = nodes.map((node) => at(node, 'id') ?? null)
    const gone = given.flatMap((id, index) => (id === null ? [index] : []))
    expect(gone).toHaveLength(2)
    expect(given.filter((id) => id !== null)).toEqual(asked.filter((_, index) => !gone.includes(index)))
    expect(body.errors).toEqual([
      expect.objectContaining({
        path: ['nodes', 5],
        extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) as unknown,
      }),
    ])
    expect(gateway.emulator.log.count()).toBeLessThanOrEqual(6)
  })

  it('of no ids are none', async () => {
    const { body } = await (await over({})).query('{ nodes(ids: []) { id } }')
    expect(body.data).toEqual({ nodes: [] })
  })
})

describe('a look-up by what an operation returned', () => {
  it('gives every job of one CDB request', async () => {
    const made = { AsyncRequestId: 'aaaa-bbbb' }
    const gateway = await over({ cdb: [{ JobId: 1, ...made }, { JobId: 2 }, { JobId: 3, ...made }] })
    const { body } = await gateway.query('{ cdbTasksByRequest(asyncRequestId: "aaaa-bbbb") { taskId } }')
    expect(
      listAt(body.data, 'cdbTasksByRequest')
        .map((task) => at(task, 'taskId'))
        .sort(),
    ).toEqual(['1', '3'])
    expect(body.extensions?.upstream.calls).toBe(1)
  })

  it('is empty or null for what nobody knows (yet), without an error', async () => {
    const { body } = await (
      await over({})
    ).query('{ cdbTasksByRequest(asyncRequestId: "nobody") { id } postgresTask(taskId: "404") { id } }')
    expect(body).not.toHaveProperty('errors')
    expect(body.data).toEqual({ cdbTasksByRequest: [], postgresTask: null })
  })

  it('finds a Postgres task of long ago', async () => {
    const StartTime = '2011-05-01 00:00:00'
    const { body } = await (
      await over({ postgres: [{ TaskId: 4, StartTime }] })
    ).query('{ postgresTask(taskId: "4") { startedAt } postgresTasks { nodes { taskId } } }')
    expect(body.data).toEqual({
      postgresTask: { startedAt: '2011-04-30T16:00:00.000Z' },
      postgresTasks: { nodes: [{ taskId: '4' }] },
    })
  })
})

describe('a reference of another subgraph', () => {
  it('to an instance is resolved where its id tells the product, and null where not', async () => {
    const gateway = await over({ postgres: [{ TaskId: 4, DBInstanceId: 'postgres-q6fj84vb' }] })
    const any = ['cdb-c1nl9rpv', 'postgres-q6fj84vb', 'pgro-x', 'ins-cvm'].map((id) => ({
      __typename: 'DatabaseInstance',
      id,
    }))
    const { body } = await gateway.query(
      `query ($any: [_Any!]!) { _entities(representations: $any) {
        ... on DatabaseInstance { id provider tasks { nodes { taskId } } }
      } }`,
      { any },
    )
    expect(body).not.toHaveProperty('errors')
    expect(body.data).toEqual({
      _entities: [
        { id: 'cdb-c1nl9rpv', provider: 'CDB', tasks: { nodes: [] } },
        { id: 'postgres-q6fj84vb', provider: 'POSTGRES', tasks: { nodes: [{ taskId: '4' }] } },
        { id: 'pgro-x', provider: 'POSTGRES', tasks: { nodes: [] } },
        null,
      ],
    })
  })

  it('that is wrong leaves the others', async () => {
    const gateway = await over({ cdb: rowsFrom('cdb', 1, NOV_2023) })
    const id = await idOf(gateway, '1')
    const any = [
      { __typename: 'Nobody', id },
      { __typename: 'CdbTask', id },
      { __typename: 'PostgresTask', id },
      { __typename: 'Task', id: 'forged' },
      { __typename: 'Task' },
      { id },
      { __typename: '__proto__', id },
      7,
    ]
    const { body } = await gateway.query(
      'query ($any: [_Any!]!) { _entities(representations: $any) { __typename ... on CdbTask { id } } }',
      { any },
    )
    expect(body.data).toEqual({
      _entities: [null, { __typename: 'CdbTask', id }, null, null, null, null, null, null],
    })
    const told = (body.errors ?? []).map(({ path, extensions }) => [path?.at(1), extensions['code']])
    expect(told.sort()).toEqual([0, 2, 3, 4, 5, 6, 7].map((index) => [index, 'BAD_USER_INPUT']))
  })
})

describe('two clients that ask for one task at once', () => {
  it('both get it, though the first one goes away', async () => {
    const gateway = await over({ cdb: rowsFrom('cdb', 1, NOV_2023) })
    const id = await idOf(gateway, '1')
    gateway.emulator.settings.latencyMs = 300
    gateway.emulator.log.clear()
    const hasty = new AbortController()
    const gone = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: BY_ID, variables: { id } }),
      signal: hasty.signal,
    }).catch(() => 'gone')
    const patient = gateway.query(BY_ID, { id })
    while (gateway.emulator.log.count() === 0) await new Promise((resolve) => setImmediate(resolve))
    hasty.abort()
    expect(await gone).toBe('gone')
    const { body } = await patient
    expect(body).not.toHaveProperty('errors')
    expect(body.data).toMatchObject({ task: { taskId: '1' } })
  })
})
