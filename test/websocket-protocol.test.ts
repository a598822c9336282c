import { at } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { RawSocket, type Message } from './support/raw-socket'
import { documentedWorld } from './support/worlds'

let gateway: TestGateway
const open: RawSocket[] = []
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterEach(() => Promise.all(open.splice(0).map((socket) => socket.close())))
afterAll(() => gateway.close())

async function connect(): Promise<RawSocket> {
  const socket = await RawSocket.open(gateway.url)
  open.push(socket)
  return socket
}

async function enter(): Promise<RawSocket> {
  const socket = await connect()
  socket.send({ type: 'connection_init' })
  expect(await socket.next()).toEqual({ type: 'connection_ack' })
  return socket
}

const TYPENAME = { id: '1', type: 'subscribe', payload: { query: '{ __typename }' } }

describe('a message that breaks the protocol closes the socket', () => {
  it.each([
    ['no JSON', '{"type":', 4400],
    ['no object', '5', 4400],
    ['without a type', '{}', 4400],
    ['of an unknown type', { type: 'start' }, 4400],
    ['that only a server sends', { id: '1', type: 'next', payload: {} }, 4400],
    ['without an id', { type: 'subscribe', payload: { query: '{ __typename }' } }, 4400],
    ['with a number as the query', { id: '1', type: 'subscribe', payload: { query: 5 } }, 4400],
    ['with a list as the variables', { ...TYPENAME, payload: { query: '{a}', variables: [] } }, 4400],
    ['larger than 256 KiB', 'x'.repeat(262_145), 1009],
  ])('%s', async (_, message, code) => {
    const socket = await enter()
    socket.send(message)
    expect(await socket.closed).toMatchObject({ code })
  })

  it('that is no text in UTF-8', async () => {
    const socket = await enter()
    socket.socket.send(Buffer.from([0xff]), { binary: false })
    expect(await socket.closed).toMatchObject({ code: 1007 })
  })

  it('that comes before the connection was initialised', async () => {
    const socket = await connect()
    socket.send(TYPENAME)
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthorized' })
  })

  it('that initialises it twice', async () => {
    const socket = await enter()
    socket.send({ type: 'connection_init' })
    expect(await socket.closed).toMatchObject({ code: 4429 })
  })

  it('whose id is in use', async () => {
    const socket = await enter()
    socket.subscribe('1', '{ tasks { totalCount } }')
    socket.subscribe('1', '{ tasks { totalCount } }')
    expect(await socket.closed).toMatchObject({ code: 4409 })
  })

  it('that never comes', async () => {
    const socket = await connect()
    expect(await socket.closed).toMatchObject({ code: 4408 })
  })
})

it('closes a socket that agreed on no protocol, or on another', async () => {
  const socket = await RawSocket.open(gateway.url, {}, '')
  expect(await socket.closed).toMatchObject({ code: 4406 })
  await expect(RawSocket.open(gateway.url, {}, 'graphql-ws')).rejects.toThrow(/subprotocol/)
})

it('answers a ping of the protocol', async () => {
  const socket = await enter()
  socket.send({ type: 'ping', payload: { a: 1 } })
  expect(await socket.next()).toEqual({ type: 'pong', payload: { a: 1 } })
})

describe('a query over WebSocket', () => {
  const QUERY = 'query Q($first: Int) { tasks(first: $first) { totalCount nodes { id status } } }'

  it('is answered as over HTTP, and completes', async () => {
    const { body } = await gateway.query(QUERY, { first: 3 })
    const socket = await enter()
    socket.subscribe('1', QUERY, { first: 3 })
    const upstream = { calls: 2, cacheHits: 0, shared: 0, queuedMs: expect.any(Number) as unknown }
    expect(await socket.next()).toEqual({
      id: '1',
      type: 'next',
      payload: { data: body.data, extensions: { upstream } },
    })
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
  })

  it('that cannot be executed is an error with its code', async () => {
    const socket = await enter()
    const refused = [
      ['{', undefined, 'GRAPHQL_PARSE_FAILED'],
      ['{ nope }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
      ['mutation { destroy }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
      [`{ ${'__typename '.repeat(4000)} }`, undefined, 'GRAPHQL_PARSE_FAILED'],
      ['query A { __typename } query B { __typename }', undefined, 'OPERATION_RESOLUTION_FAILURE'],
    ] as const
    for (const [query, variables, code] of refused) {
      socket.subscribe('1', query, variables)
      const errors = [{ message: expect.stringMatching(/./) as unknown, extensions: { code } }]
      expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: errors })
    }
    expect(gateway.lines.filter((line) => line.includes('nobody expected'))).toEqual([])
  })

  it('whose arguments or variables are wrong tells which', async () => {
    const socket = await enter()
    const errors = [
      { message: expect.stringContaining('first') as unknown, extensions: { code: 'BAD_USER_INPUT' } },
    ]
    socket.subscribe('1', QUERY, { first: 0 })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { errors } })
    expect(await socket.next()).toMatchObject({ type: 'complete' })
    socket.subscribe('1', QUERY, { first: 'x' })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: errors })
  })
})

it('keeps in production what the schema has to itself, and closes with 1001 when it stops', async () => {
  const closed = await startGateway({ env: { NODE_ENV: 'production' } })
  const socket = await RawSocket.enter(closed.url)
  socket.subscribe('1', '{ __schema { types { name } } }')
  socket.subscribe('2', '{ taks { nodes { id } } }')
  const answers = [await socket.next(), await socket.next()]
  await closed.close()
  expect(answers.map((answer) => codeOf(answer))).toEqual(Array(2).fill('GRAPHQL_VALIDATION_FAILED'))
  expect(JSON.stringify(answers)).not.toMatch(/mean|tasks/)
  expect(await socket.closed).toEqual({ code: 1001, reason: 'Going away' })
})

it('sends a subscription that comes over HTTP to the WebSocket', async () => {
  const { status, body } = await gateway.query('subscription { taskActivity { __typename } }')
  expect([status, body.data]).toEqual([400, undefined])
  expect(body.errors).toMatchObject([
    { message: expect.stringContaining('WebSocket') as unknown, extensions: { code: 'BAD_REQUEST' } },
  ])
})

/** The code of the first error in an `error` message. */
function codeOf(message: Message): unknown {
  return at(message, 'payload', 0, 'extensions', 'code')
}
