import { setTimeout as sleep } from 'node:timers/promises'
import { at, listAt, textAt } from './support/answer'
import { startGateway, type TestGateway, type TestGatewayOptions } from './support/gateway'
import { describeWithRedis, startRedis } from './support/redis'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const START = '2024-09-27 13:14:11'
const BARE = { JobId: 7, AsyncRequestId: '', StartTime: '', EndTime: '', TaskStatus: 'INITIAL' }

const gateways: TestGateway[] = []
afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())))

async function start(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options)
  gateways.push(gateway)
  return gateway
}

async function idOf(gateway: TestGateway, first = 20): Promise<string> {
  const { body } = await gateway.query(
    'query ($first: Int) { cdbTasks(first: $first) { nodes { id taskId } } }',
    { first },
  )
  return textAt(
    listAt(body.data, 'cdbTasks', 'nodes').find((node) => at(node, 'taskId') === '7'),
    'id',
  )
}

describe('the id under which a task was first served', () => {
  it.each([
    ['starts', BARE, { StartTime: START, TaskStatus: 'RUNNING' }],
    ['gets a request id', { ...BARE, StartTime: START }, { AsyncRequestId: '1-2-3-4' }],
    ['gets both', BARE, { StartTime: START, AsyncRequestId: '1-2-3-4' }],
    ['gets another start', { ...BARE, StartTime: START }, { StartTime: '2024-09-27 13:14:12' }],
    ['gets another request id', { ...BARE, AsyncRequestId: '1-2-3-4' }, { AsyncRequestId: '4-3-2-1' }],
    [
      'loses its request id',
      { ...BARE, AsyncRequestId: '1-2-3-4', StartTime: START },
      { AsyncRequestId: '' },
    ],
  ])('stays its id in every answer when the task %s', async (_, row, change) => {
    const world = worldOf({ cdb: { [REGION]: [row] } })
    const gateway = await start({ emulator: { world } })
    const id = await idOf(gateway)
    world.change('cdb', REGION, 7, change)
    expect(await idOf(gateway)).toBe(id)
    const { body } = await gateway.query(
      `query ($id: ID!, $ids: [ID!]!, $any: [_Any!]!) {
        task(id: $id) { id } node(id: $id) { id } nodes(ids: $ids) { id }
        _entities(representations: $any) { ... on CdbTask { id } }
      }`,
      { id, ids: [id], any: [{ __typename: 'CdbTask', id }] },
    )
    expect(body.data).toEqual({ task: { id }, node: { id }, nodes: [{ id }], _entities: [{ id }] })
  })

  it('finds the task when thousands have started since', async () => {
    const busy = rowsFrom('cdb', 900, Date.UTC(2025, 0, 1) / 1000).map((row, index) => ({
      ...row,
      JobId: 1000 + index,
    }))
    const world = worldOf({ cdb: { [REGION]: [BARE] } })
    const gateway = await start({ emulator: { world } })
    const id = await idOf(gateway)
    world.change('cdb', REGION, 7, { StartTime: START, AsyncRequestId: '1-2-3-4' })
    await idOf(gateway)
    for (const row of busy) world.insert('cdb', REGION, row)
    for (const row of rowsFrom('cdb', 300, Date.UTC(2020, 0, 1) / 1000))
      world.insert('cdb', REGION, { ...row, JobId: Number(row['JobId']) + 5000 })
    const { body } = await gateway.query('query ($id: ID!) { task(id: $id) { id taskId } }', { id })
    expect(body.data).toEqual({ task: { id, taskId: '7' } })
  })
})

it('answers a request by an id with exactly that id, even where another replica gave another', async () => {
  const world = worldOf({ cdb: { [REGION]: [BARE] } })
  const first = await start({ emulator: { world } })
  const old = await idOf(first)
  world.change('cdb', REGION, 7, { StartTime: START, AsyncRequestId: '1-2-3-4' })
  const second = await start({ inFrontOf: first.emulator })
  const id = await idOf(second)
  expect(id).not.toBe(old)
  const { body } = await second.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [old, id] })
  expect(body.data).toEqual({ nodes: [{ id: old }, { id }] })
})

describeWithRedis('replicas on one Redis', () => {
  it.each([
    ['starts', BARE, { StartTime: START, TaskStatus: 'RUNNING' }],
    ['gets a request id', { ...BARE, StartTime: START }, { AsyncRequestId: '1-2-3-4' }],
  ])('give a task one id when it %s', async (_, row, change) => {
    const redis = await startRedis()
    try {
      const world = worldOf({ cdb: { [REGION]: [row] } })
      const env = { REDIS_URL: redis.url, TASK_GATEWAY_CURSOR_SECRET: 'a secret of both of them' }
      const first = await start({ emulator: { world }, env })
      const second = await start({ inFrontOf: first.emulator, env })
      await sleep(300)
      const id = await idOf(first)
      world.change('cdb', REGION, 7, change)
      expect(await idOf(second)).toBe(id)
      expect(await idOf(first)).toBe(id)
    } finally {
      await Promise.all(
        gateways
          .splice(0)
          .reverse()
          .map((gateway) => gateway.close()),
      )
      await redis.close()
    }
  })
})
