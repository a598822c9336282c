import { createClient, type Client } from 'graphql-ws'
import { WebSocket } from 'ws'
import { at, listAt, textAt } from './support/answer'
import type { TestGateway } from './support/gateway'
import { startWithTape } from './support/tape/gateway'
import { TapeWorld } from './support/tape/world'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const NOW = Math.floor(Date.now() / 1000)
const LONG_AGO = NOW - 100_000

const gateways: TestGateway[] = []
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()))
})

async function start(
  tape: TapeWorld,
  options: Partial<Parameters<typeof startWithTape>[0]> = {},
): Promise<TestGateway> {
  const gateway = await startWithTape({ world: worldOf({}), tape, ...options })
  gateways.push(gateway)
  return gateway
}

/** Ended jobs that began a minute apart, from the number 1 on. */
function tapeOf(count: number): TapeWorld {
  const tape = new TapeWorld()
  for (let id = 1; id <= count; id++) tape.putEnded(id, LONG_AGO + id * 60)
  return tape
}

function subscribe(gateway: TestGateway, query: string, variables: Record<string, unknown> = {}) {
  const client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  clients.push(client)
  const results = client.iterate({ query, variables })
  return async (field: string): Promise<unknown> => {
    const { value } = (await results.next()) as { value: unknown }
    return at(value, 'data', field)
  }
}

describe('the tasks of a third product', () => {
  it('are shown by its own type, with its words and its progress in ours', async () => {
    const tape = new TapeWorld()
    tape.put({ Id: 7, State: 20, Done: 0.42, Begun: NOW - 60, Vault: 'tape-x' })
    tape.put({ Id: 8, State: 77, Kind: 'polish', Begun: NOW - 50, Vault: 'tape-y' })
    const gateway = await start(tape)
    const { body } = await gateway.query(`{
      tasks(filter: { providers: [TAPE] }) {
        nodes {
          __typename provider taskId type rawType status rawStatus progress isFinished
          instances { id provider } ... on TapeTask { vault }
        }
        sources { source { name } }
      }
    }`)
    expect(body.errors).toBeUndefined()
    const shared = { __typename: 'TapeTask', provider: 'TAPE', isFinished: false }
    expect(body.data).toEqual({
      tasks: {
        nodes: [
          {
            ...shared,
            taskId: '8',
            type: 'OTHER',
            rawType: 'polish',
            status: 'UNKNOWN',
            rawStatus: '77',
            progress: 50,
            instances: [{ id: 'tape-y', provider: 'TAPE' }],
            vault: 'tape-y',
          },
          {
            ...shared,
            taskId: '7',
            type: 'RESTORE',
            rawType: 'recall',
            status: 'RUNNING',
            rawStatus: '20',
            progress: 42,
            instances: [{ id: 'tape-x', provider: 'TAPE' }],
            vault: 'tape-x',
          },
        ],
        sources: [{ source: { name: `tape/default/${REGION}` } }],
      },
    })
  })

  it('are asked for by the words that it can be asked for, and by instance, and looked through otherwise', async () => {
    const tape = tapeOf(40)
    tape.put({ Id: 41, State: 20, Begun: NOW - 60, Vault: 'tape-x' })
    const gateway = await start(tape)
    const list = async (filter: string) => {
      tape.calls.length = 0
      const { body } = await gateway.query(`{ tasks(filter: ${filter}) { totalCount nodes { taskId } } }`)
      return [at(body.data, 'tasks', 'totalCount'), tape.calls]
    }
    expect(await list('{ statuses: [RUNNING] }')).toEqual([
      1,
      [expect.objectContaining({ States: [20], Offset: 0 })],
    ])
    expect(await list('{ instanceIds: ["tape-x", "cdb-1"] }')).toEqual([
      1,
      [expect.objectContaining({ Vault: 'tape-x' })],
    ])
    expect(await list('{ types: [RESTORE], statuses: [UNKNOWN] }')).toEqual([0, [{ Offset: 0, Limit: 100 }]])
    expect(await list('{ statuses: [PAUSED] }')).toEqual([0, []])
  })

  it('are found by their ids, which carry what finds them in one call', async () => {
    const tape = tapeOf(500)
    tape.putEnded(3, LONG_AGO, { Vault: 'tape-deep' })
    const gateway = await start(tape)
    const { body } = await gateway.query('{ tasks(filter: { providers: [TAPE] }, last: 1) { nodes { id } } }')
    const id = textAt(body.data, 'tasks', 'nodes', 0, 'id')
    tape.calls.length = 0
    const found = await gateway.query(
      `query ($id: ID!, $any: [_Any!]!) {
        task(id: $id) { id taskId } node(id: $id) { __typename }
        _entities(representations: $any) { ... on TapeTask { vault } }
      }`,
      { id, any: [{ __typename: 'TapeTask', id }] },
    )
    expect(found.body.errors).toBeUndefined()
    expect(found.body.data).toEqual({
      task: { id, taskId: '3' },
      node: { __typename: 'TapeTask' },
      _entities: [{ vault: 'tape-deep' }],
    })
    expect(tape.calls).toEqual([{ JobId: 3, Vault: 'tape-deep', Offset: 0, Limit: 100 }])
    const foreign = await gateway.query(
      'query ($any: [_Any!]!) { _entities(representations: $any) { __typename } }',
      { any: [{ __typename: 'CdbTask', id }] },
    )
    expect(foreign.body.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('are counted and placed in a window of time, though it knows no time', async () => {
    const tape = tapeOf(700)
    const gateway = await start(tape)
    const between = [100, 650].map((id) => new Date((LONG_AGO + id * 60) * 1000).toISOString())
    const query = (rest: string) => `query ($from: DateTime, $to: DateTime) {
      tasks(filter: { providers: [TAPE], startedAt: { from: $from, to: $to } }, ${rest}) {
        totalCount nodes { taskId }
      }
    }`
    const ask = async (rest: string) => {
      tape.calls.length = 0
      const { body } = await gateway.query(query(rest), { from: between[0], to: between[1] })
      expect(body.errors).toBeUndefined()
      const ids = listAt(body.data, 'tasks', 'nodes').map((node) => Number(textAt(node, 'taskId')))
      return { total: at(body.data, 'tasks', 'totalCount'), ids, calls: tape.calls.length }
    }
    expect(await ask('first: 3')).toMatchObject({ total: 551, ids: [650, 649, 648] })
    expect(await ask('last: 3')).toMatchObject({ total: 551, ids: [102, 101, 100] })
    const byEnd = 'orderBy: { field: ENDED_AT, direction: ASC }'
    expect(await ask(`first: 2, ${byEnd}`)).toMatchObject({ total: 551, ids: [100, 101] })
    expect(await ask(`last: 2, ${byEnd}`)).toMatchObject({ total: 551, ids: [649, 650] })
    expect(tape.calls.length).toBeLessThanOrEqual(25)
  })

  it('cost what their source is asked', async () => {
    const gateway = await start(tapeOf(3), { env: { TASK_GATEWAY_MAX_COST: '2' } })
    const costOf = async (query: string) => {
      const { body } = await gateway.query(query)
      return body.errors?.[0]?.extensions['cost']
    }
    expect(await costOf('{ tasks { totalCount } }')).toBe(3)
    expect(await costOf('{ tasks(filter: { statuses: [PAUSED] }, first: 100) { totalCount } }')).toBe(4)
    expect(
      await costOf('{ tasks(filter: { instanceIds: ["tape-1", "tape-2", "tape-3"] }) { totalCount } }'),
    ).toBe(3)
  })

  it('tell what is wrong where it is down, beside the tasks of the others', async () => {
    const tape = tapeOf(3)
    const world = worldOf({ cdb: { [REGION]: rowsFrom('cdb', 3, LONG_AGO) } })
    const gateway = await start(tape, {
      world,
      beforeAnswer: () => {
        throw new Error('TAPE is down')
      },
    })
    const { body } = await gateway.query(
      '{ tasks { nodes { taskId } sources { source { name } error { code } } } }',
    )
    expect(at(body.data, 'tasks', 'nodes')).toHaveLength(3)
    expect(listAt(body.data, 'tasks', 'sources')).toContainEqual({
      source: { name: `tape/default/${REGION}` },
      error: { code: 'UPSTREAM_UNAUTHORIZED' },
    })
    const alone = await gateway.query('{ tasks(filter: { providers: [TAPE] }) { nodes { taskId } } }')
    expect([alone.body.data, alone.body.errors?.length]).toEqual([{ tasks: null }, 1])
  })
})

describe('the tasks of a third product are watched', () => {
  it('by id', async () => {
    const tape = new TapeWorld()
    tape.put({ Id: 5, Done: 0.1, Begun: NOW - 60 })
    const gateway = await start(tape)
    const { body } = await gateway.query('{ tasks { nodes { id } } }')
    const ids = [textAt(body.data, 'tasks', 'nodes', 0, 'id')]
    const next = subscribe(
      gateway,
      'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { taskId status progress ... on TapeTask { vault } } }',
      { ids },
    )
    const running = { taskId: '5', status: 'RUNNING', progress: 10, vault: 'tape-a' }
    expect(await next('taskUpdated')).toEqual(running)
    tape.put({ Id: 5, Done: 0.8 })
    expect(await next('taskUpdated')).toEqual({ ...running, progress: 80 })
    tape.putEnded(5, NOW - 60)
    expect(await next('taskUpdated')).toMatchObject({ status: 'SUCCEEDED', progress: 100 })
    expect(await next('taskUpdated')).toBeUndefined()
  })

  it('as activity, which tells what starts, moves and ends, however deep', async () => {
    const tape = tapeOf(450)
    tape.put({ Id: 20, State: 20, Ended: null, Done: 0.3 })
    const gateway = await start(tape)
    const next = subscribe(
      gateway,
      'subscription { taskActivity(filter: { providers: [TAPE] }) { ... on TaskEvent { kind task { taskId provider } } } }',
    )
    const first = next('taskActivity')
    while (!(await gateway.metrics()).includes('live_poll_rounds_total{')) await new Promise(setImmediate)
    tape.put({ Id: 501, Done: 0, Begun: NOW })
    const task = { taskId: '501', provider: 'TAPE' }
    expect(await first).toEqual({ kind: 'STARTED', task })
    tape.put({ Id: 501, Done: 0.5 })
    expect(await next('taskActivity')).toEqual({ kind: 'UPDATED', task })
    tape.putEnded(501, NOW)
    expect(await next('taskActivity')).toEqual({ kind: 'FINISHED', task })
    tape.putEnded(20, LONG_AGO + 1200)
    expect(await next('taskActivity')).toMatchObject({ kind: 'FINISHED', task: { taskId: '20' } })
  }, 60_000)
})
