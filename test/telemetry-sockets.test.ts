import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { at, textAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { cdbEnd, cdbRow, REGION } from './support/live'
import { RawSocket } from './support/raw-socket'
import { worldOf } from './support/worlds'

const NOW_SECOND = Math.floor(Date.now() / 1000)
const LIST = 'query Newest($n: Int) { tasks(first: $n) { nodes { id } sources { error { code } } } }'
const WATCH = 'subscription Watch($ids: [ID!]) { taskUpdated(ids: $ids) { status } }'
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

let gateway: TestGateway
let socket: RawSocket
beforeEach(async () => {
  const world = worldOf({ cdb: { [REGION]: [cdbRow(1, NOW_SECOND - 60), cdbRow(2, NOW_SECOND - 50)] } })
  gateway = await startGateway({ emulator: { world } })
  socket = await RawSocket.enter(gateway.url, {}, { headers: { 'x-request-id': 'the-socket' } })
})
afterEach(async () => {
  await socket.close()
  await gateway.close()
})

/** The lines of the log that tell of answered operations over WebSocket. */
function answered(): readonly Readonly<Record<string, unknown>>[] {
  return gateway.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg, transport }) => msg === 'answered' && transport === 'websocket')
}

/** Waits for the next message of that type. */
async function take(type: string): Promise<unknown> {
  for (;;) {
    const message = await socket.next()
    if (message['type'] === type) return message
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10)
}

async function idOfTask(): Promise<string> {
  const { body } = await gateway.query('{ cdbTasks { nodes { id } } }')
  return textAt(body, 'data', 'cdbTasks', 'nodes', 1, 'id')
}

describe('the log of an operation over WebSocket', () => {
  it('is one line, as of one over HTTP, under the id of the socket and its own', async () => {
    socket.subscribe('an operation/1', LIST, { n: 3 })
    await take('complete')
    expect(answered()).toEqual([
      expect.objectContaining({
        level: 'info',
        requestId: 'the-socket/an%20operation%2F1',
        caller: 'anonymous',
        operation: 'query',
        operationName: 'Newest',
        outcome: 'ok',
        codes: [],
        calls: 2,
        cacheHits: 0,
        shared: 0,
        cost: 2,
        durationMs: expect.any(Number) as unknown,
      }),
    ])
    expect(answered()[0]).not.toHaveProperty('events')
    const sent = gateway.emulator.log.calls.map(({ requestId }) => requestId)
    expect(new Set(answered()[0]?.['upstreamRequestIds'] as string[])).toEqual(new Set(sent))
  })

  it('of a subscription comes when it has ended, with the number of its events', async () => {
    socket.subscribe('1', WATCH, { ids: [await idOfTask()] })
    await take('next')
    expect(answered()).toEqual([])
    gateway.emulator.world.change('cdb', REGION, 1, cdbEnd(NOW_SECOND))
    await take('complete')
    expect(answered()).toEqual([
      expect.objectContaining({
        requestId: 'the-socket/1',
        operation: 'subscription',
        operationName: 'Watch',
        outcome: 'ok',
        events: 2,
        cost: 1,
      }),
    ])
  })

  it('adds up what the events of a subscription have cost', async () => {
    const query = `subscription ($ids: [ID!]) {
      taskUpdated(ids: $ids) { instances { tasks(first: 1) { totalCount } } }
    }`
    socket.subscribe('1', query, { ids: [await idOfTask()] })
    const callsOfNext = async () =>
      Number(at(await take('next'), 'payload', 'extensions', 'upstream', 'calls'))
    const first = await callsOfNext()
    gateway.emulator.world.change('cdb', REGION, 1, { Progress: 50 })
    const calls = first + (await callsOfNext())
    socket.send({ id: '1', type: 'complete' })
    await until(() => answered().length === 1)
    expect(calls).toBe(2)
    expect(answered()[0]).toMatchObject({ calls, upstreamRequestIds: expect.any(Array) as unknown })
    expect(answered()[0]?.['upstreamRequestIds']).toHaveLength(calls)
  })

  it('tells the codes of what failed or was refused, and nothing of document and variables', async () => {
    const wrong =
      'query Find($ids: [ID!]) { tasks(first: 1000, filter: { instanceIds: $ids }) { totalCount } }'
    const mixed = '{ taskSources { name } task(id: "canary") { id } }'
    const watchWrong = 'subscription Watch { taskUpdated(ids: ["canary"]) { id } }'
    for (const [id, query] of [wrong, mixed, '{ canary }', '{ tasks(first: "canary"', watchWrong].entries()) {
      socket.subscribe(String(id), query, { ids: ['cdb-canary00'] })
      await until(() => answered().length === id + 1)
    }
    expect(answered()).toMatchObject([
      { operationName: 'Find', outcome: 'error', codes: ['BAD_USER_INPUT'], calls: 0 },
      { operation: 'query', outcome: 'partial', codes: ['BAD_USER_INPUT'] },
      { operation: 'unknown', outcome: 'error', codes: ['GRAPHQL_VALIDATION_FAILED'] },
      { operation: 'unknown', outcome: 'error', codes: ['GRAPHQL_PARSE_FAILED'] },
      { operation: 'subscription', outcome: 'error', codes: ['BAD_USER_INPUT'], events: 1 },
    ])
    expect(gateway.lines.join('')).not.toContain('canary')
  })

  it('comes when the client has gone, whatever it waited for', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'hang' } })
    socket.subscribe('1', '{ cdbTasks { totalCount } }')
    socket.subscribe('2', 'subscription { taskActivity { __typename } }')
    await until(() => gateway.emulator.log.calls.length >= 2)
    await socket.close()
    await until(() => answered().length === 2)
    const lines = [...answered()].sort((a, b) => String(a['requestId']).localeCompare(String(b['requestId'])))
    expect(lines).toMatchObject([
      { operation: 'query', outcome: 'error', codes: ['UPSTREAM_TIMEOUT'] },
      { operation: 'subscription', outcome: 'ok', events: 0 },
    ])
  })

  it.each([
    ['with half a letter', 'half a letter \ud83d', 'the-socket/half%20a%20letter%20%EF%BF%BD'],
    ['that looks like a line', '"}\n{"level":"', 'the-socket/%22%7D%0A%7B%22level%22%3A%22'],
    ['of any length', 'x'.repeat(1000), `the-socket/${'x'.repeat(64)}`],
  ])('bears an id of the client’s %s', async (_, id, requestId) => {
    socket.subscribe(id, '{ __typename }')
    await take('complete')
    expect(answered()).toMatchObject([{ requestId }])
  })
})

describe('the id of a socket', () => {
  it.each([
    ['x-1', /^x-1$/],
    ['two words', new RegExp(`^${UUID}$`)],
    [undefined, new RegExp(`^${UUID}$`)],
  ])('stands in the answer to its upgrade: of the caller’s %j', async (id, expected) => {
    const headers = id === undefined ? {} : { 'x-request-id': id }
    const url = `${gateway.url.replace('http', 'ws')}/graphql`
    const upgraded = new WebSocket(url, 'graphql-transport-ws', { headers })
    const [answer] = (await once(upgraded, 'upgrade')) as [IncomingMessage]
    upgraded.terminate()
    expect(answer.headers['x-request-id']).toMatch(expected)
  })
})

it('counts operations over WebSocket with those over HTTP, and times all but subscriptions', async () => {
  socket.subscribe('1', LIST)
  await take('complete')
  socket.subscribe('2', WATCH, { ids: [await idOfTask()] })
  await take('next')
  socket.send({ id: '2', type: 'complete' })
  await until(() => answered().length === 2)
  const metrics = await gateway.metrics()
  const of = (name: string, labels: string) =>
    new RegExp(`^task_gateway_graphql_${name}\\{${labels}\\} (\\d+)$`, 'm').exec(metrics)?.[1]
  expect(of('requests_total', 'operation="query",outcome="ok"')).toBe('2')
  expect(of('requests_total', 'operation="subscription",outcome="ok"')).toBe('1')
  expect(of('request_duration_seconds_count', 'operation="query"')).toBe('2')
  expect(of('request_duration_seconds_count', 'operation="subscription"')).toBeUndefined()
})
