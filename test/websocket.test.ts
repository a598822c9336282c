import { createClient, type Client } from 'graphql-ws'
import { WebSocket } from 'ws'
import { at, textAt } from './support/answer'
import { KEYS, problems } from './support/config'
import { startGateway, type TestGateway, type TestGatewayOptions } from './support/gateway'
import { cdbEnd, cdbRow, REGION } from './support/live'
import { RawSocket } from './support/raw-socket'
import { worldOf } from './support/worlds'

const NOW_SECOND = Math.floor(Date.now() / 1000)
const STATE = 'taskId status progress isFinished'

let gateway: TestGateway
let client: Client
afterEach(async () => {
  await client.dispose()
  await gateway.close()
})

async function start(options: TestGatewayOptions = {}): Promise<void> {
  const world = worldOf({ cdb: { [REGION]: [cdbRow(1, NOW_SECOND - 60), cdbRow(2, NOW_SECOND - 50)] } })
  gateway = await startGateway({ emulator: { world }, ...options })
  client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
}

function subscribe(query: string, variables: Record<string, unknown> = {}) {
  const results = client.iterate({ query, variables })
  return {
    /** What the field holds; undefined where the subscription has completed. */
    next: async (field: string): Promise<unknown> => {
      const { value } = (await results.next()) as { value: unknown }
      return at(value, 'data', field)
    },
    results,
  }
}

const change = (id: number, fields: object) => gateway.emulator.world.change('cdb', REGION, id, { ...fields })

async function idsOfTasks(): Promise<string[]> {
  const { body } = await gateway.query('{ cdbTasks { nodes { id } } }')
  return [0, 1].map((index) => textAt(body, 'data', 'cdbTasks', 'nodes', index, 'id'))
}

describe('taskUpdated over the graphql-ws client', () => {
  it('sends the current states at once, then every net change, and completes when all are finished', async () => {
    await start()
    const query = `subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { ${STATE} } }`
    const { next, results } = subscribe(query, { ids: await idsOfTasks() })
    const first = [await next('taskUpdated'), await next('taskUpdated')]
    expect(new Set(first.map((state) => at(state, 'taskId')))).toEqual(new Set(['1', '2']))
    change(1, { Progress: 40 })
    expect(await next('taskUpdated')).toMatchObject({ taskId: '1', progress: 40, isFinished: false })
    change(1, cdbEnd(NOW_SECOND))
    expect(await next('taskUpdated')).toMatchObject({ taskId: '1', status: 'SUCCEEDED' })
    change(2, cdbEnd(NOW_SECOND))
    expect(await next('taskUpdated')).toMatchObject({ taskId: '2', isFinished: true })
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  it('waits for a task that is known by its request only', async () => {
    await start()
    const query = `subscription ($submitted: SubmittedTask) { taskUpdated(submitted: $submitted) { ${STATE} } }`
    const { next } = subscribe(query, { submitted: { asyncRequestId: 'a-request' } })
    const update = next('taskUpdated')
    while (gateway.emulator.log.calls.length === 0) await new Promise(setImmediate)
    gateway.emulator.world.insert('cdb', REGION, cdbRow(9, NOW_SECOND, { AsyncRequestId: 'a-request' }))
    expect(await update).toMatchObject({ taskId: '9', status: 'RUNNING' })
  })

  it('asks for what is selected beside the task anew at every event, and says what that has cost', async () => {
    await start()
    const query = `subscription ($ids: [ID!]) {
      taskUpdated(ids: $ids) { ${STATE} instances { tasks { nodes { ${STATE} } } } }
    }`
    const { results } = subscribe(query, { ids: (await idsOfTasks()).slice(1) })
    for (const progress of [0, 40, 80]) {
      if (progress > 0) change(1, { Progress: progress })
      const { value } = (await results.next()) as { value: unknown }
      const task = at(value, 'data', 'taskUpdated')
      expect(at(task, 'instances', 0, 'tasks', 'nodes', 1, 'progress')).toBe(at(task, 'progress'))
      expect(at(value, 'extensions', 'upstream', 'calls')).toBe(1)
    }
  })
})

describe('taskActivity over the graphql-ws client', () => {
  const ACTIVITY = `subscription ($since: String) {
    taskActivity(since: $since) { ... on TaskEvent { cursor kind previousStatus task { taskId } } }
  }`

  it('tells what starts, moves and ends, and goes on behind an event seen before', async () => {
    await start()
    const { next, results } = subscribe(ACTIVITY)
    const first = next('taskActivity')
    while (!(await gateway.metrics()).includes('live_poll_rounds_total{')) await new Promise(setImmediate)
    gateway.emulator.world.insert('cdb', REGION, cdbRow(9, NOW_SECOND))
    expect(await first).toMatchObject({ kind: 'STARTED', previousStatus: null, task: { taskId: '9' } })
    change(9, { Progress: 40 })
    expect(await next('taskActivity')).toMatchObject({ kind: 'UPDATED', previousStatus: 'RUNNING' })
    change(9, cdbEnd(NOW_SECOND + 1))
    const ended = await next('taskActivity')
    expect(ended).toMatchObject({ kind: 'FINISHED', task: { taskId: '9' } })
    await results.return?.()
    const again = subscribe(ACTIVITY, { since: textAt(ended, 'cursor') })
    const next9 = again.next('taskActivity')
    change(2, { Progress: 77 })
    expect(await next9).toMatchObject({ kind: 'UPDATED', task: { taskId: '2' } })
  })

  it('is counted, and no longer when it has gone', async () => {
    await start()
    const socket = await RawSocket.enter(gateway.url)
    socket.subscribe('1', ACTIVITY)
    socket.send({ type: 'ping' })
    await socket.next()
    expect(await gateway.metrics()).toMatch(/^task_gateway_live_connections 1$/m)
    expect(await gateway.metrics()).toMatch(/^task_gateway_live_operations 1$/m)
    await socket.close()
    while (!(await gateway.metrics()).includes('task_gateway_live_closes_total{code="1006"} 1'))
      await new Promise(setImmediate)
    expect(await gateway.metrics()).toMatch(/^task_gateway_live_connections 0$/m)
    expect(await gateway.metrics()).toMatch(/^task_gateway_live_subscriptions{kind="activity"} 0$/m)
  })
})

describe('the settings', () => {
  it('limit connections, subscriptions and ids', async () => {
    await start({
      env: {
        TASK_GATEWAY_LIVE_CONNECTIONS: '1',
        TASK_GATEWAY_LIVE_SUBSCRIPTIONS_PER_CONNECTION: '1',
        TASK_GATEWAY_LIVE_IDS_PER_SUBSCRIPTION: '1',
      },
    })
    const ids = await idsOfTasks()
    const socket = await RawSocket.enter(gateway.url)
    expect((await (await RawSocket.open(gateway.url)).closed).code).toBe(1013)
    socket.subscribe('1', 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { id } }', { ids })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error' })
    for (const id of ['2', '3']) socket.subscribe(id, 'subscription { taskActivity { __typename } }')
    expect(await socket.next()).toMatchObject({ id: '3', type: 'error' })
    await socket.close()
  })

  it('are whole numbers from 1', async () => {
    await start()
    for (const name of ['CONNECTIONS', 'SUBSCRIPTIONS_PER_CONNECTION', 'IDS_PER_SUBSCRIPTION']) {
      const variable = `TASK_GATEWAY_LIVE_${name}`
      expect(await problems({ ...KEYS, [variable]: '0' })).toEqual([expect.stringContaining(variable)])
    }
  })
})

it('serves on while it drains, then closes with 1001', async () => {
  await start()
  const socket = await RawSocket.enter(gateway.url)
  await gateway.drain()
  socket.subscribe('1', '{ __typename }')
  expect(await socket.next()).toMatchObject({ type: 'next' })
  await gateway.close()
  expect(await socket.closed).toEqual({ code: 1001, reason: 'Going away' })
})
