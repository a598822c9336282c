import { ResponseSize } from '../src/graphql/response-size'
import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { rowsFrom, worldOf } from './support/worlds'

const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')
const aliases = (field: string) => many(70, (at) => `a${at}: ${field}`)

const JULY_2026 = 1_782_900_000
const INPUT = JSON.stringify({ text: 'x'.repeat(40_000) })

let gateway: TestGateway
beforeAll(async () => {
  const postgres = rowsFrom('postgres', 100, JULY_2026).map((row) => ({
    ...row,
    TaskDetail: { Input: INPUT },
  }))
  const cdb = rowsFrom('cdb', 100, JULY_2026)
  gateway = await startGateway({
    emulator: { world: worldOf({ cdb: { 'ap-guangzhou': cdb }, postgres: { 'ap-guangzhou': postgres } }) },
    env: { NODE_ENV: 'production' },
  })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

const codeOf = ({ errors }: GraphAnswer) => errors?.[0]?.extensions['code']

async function byWebSocket(query: string): Promise<Record<string, unknown>> {
  const socket = await RawSocket.enter(gateway.url)
  socket.subscribe('1', query)
  const message = await socket.next()
  await socket.close()
  return message
}

const REFUSED = { code: 'QUERY_TOO_COSTLY', cost: expect.any(Number) as unknown, limit: 50_000 }

describe('a response with more than TASK_GATEWAY_MAX_OBJECTS fields in all its objects is refused before anything is asked', () => {
  const representations = Array.from({ length: 1000 }, () => ({
    __typename: 'DatabaseInstance',
    id: 'cdb-c1nl9rpv',
  }))
  it.each<[string, string, Record<string, unknown>]>([
    [
      'aliases of cursors',
      `{ ${many(29, (at) => `r${at}: tasks(first: 95) { edges { ...F } }`)} } fragment F on TaskEdge { ${aliases('cursor')} }`,
      {},
    ],
    [
      'aliases of ids',
      `{ ${many(29, (at) => `r${at}: tasks(first: 95) { nodes { ...F } }`)} } fragment F on Task { ${aliases('id')} }`,
      {},
    ],
    [
      'aliases of a list',
      `{ tasks(first: 95) { ${aliases('nodes { id provider account region taskId type status message }')} } }`,
      {},
    ],
    [
      'type names',
      `{ tasks(first: 95) { ${many(9, (at) => `n${at}: nodes { ...F }`)} } } fragment F on Task { ${aliases('__typename')} }`,
      {},
    ],
    [
      'equal representations',
      `query ($r: [_Any!]!) { ${many(29, (at) => `e${at}: _entities(representations: $r) { ...F }`)} }
       fragment F on DatabaseInstance { ${aliases('id')} }`,
      { r: representations },
    ],
    [
      'equal ids',
      `query ($ids: [ID!]!) { ${many(29, (at) => `e${at}: nodes(ids: $ids) { ...F }`)} } fragment F on Node { ${aliases('id')} }`,
      { ids: Array.from({ length: 100 }, () => 'x') },
    ],
    [
      'the tasks of instances',
      `{ tasks(first: 90) { nodes { instances { tasks(first: 100) { nodes { ...F } } } } } } fragment F on Task { a: id b: id c: id d: id e: id f: id }`,
      {},
    ],
  ])('%s', async (_, query, variables) => {
    const { status, body } = await gateway.query(query, variables)
    expect([status, body.errors?.map(({ extensions }) => extensions)]).toEqual([400, [REFUSED]])
    expect(body.errors?.[0]?.message).toMatch(
      /^The response can have \d+ fields in all its objects together; at most 50000 are allowed \(TASK_GATEWAY_MAX_OBJECTS\)/,
    )
    expect(gateway.emulator.log.find({})).toEqual([])
  })

  const INSTANCES = (fields: string) => `{ tasks(first: 95) { nodes { instances { ${fields} } } } }`
  it.each([
    ['wrong arguments', INSTANCES(many(90, (at) => `a${at}: tasks(first: 0) { totalCount }`))],
    [
      'arguments that do not fit together',
      INSTANCES(many(90, (at) => `a${at}: tasks(first: 1, last: 1) { totalCount }`)),
    ],
    [
      'filters that match nothing',
      INSTANCES(many(90, (at) => `a${at}: tasks(filter: { statuses: [] }) { totalCount }`)),
    ],
    [
      'filters that leave no source',
      INSTANCES(many(90, (at) => `a${at}: tasks(filter: { accounts: [] }) { nodes { id } }`)),
    ],
  ])('where its fields ask nobody, which takes time all the same: %s', async (_, query) => {
    const { body } = await gateway.query(query)
    expect(body.errors?.map(({ extensions }) => extensions)).toEqual([REFUSED])
    expect(gateway.emulator.log.find({})).toEqual([])
  })

  it.each([
    ['a number', 5],
    ['empty', ''],
    ['too long', 'x'.repeat(200)],
  ])('where 900 representations make an error each, as their id is %s', async (_, id) => {
    const r = Array.from({ length: 900 }, () => ({ __typename: 'DatabaseInstance', id }))
    const query = `query ($r: [_Any!]!) { ${many(29, (at) => `e${at}: _entities(representations: $r) { __typename }`)} }`
    const { body } = await gateway.query(query, { r })
    expect(body.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'QUERY_TOO_COSTLY', cost: 29 * 900, limit: 200 },
    ])
  })

  it('over WebSocket too', async () => {
    const query = `{ tasks(first: 95) { ${aliases('nodes { id provider account region taskId type status message }')} } }`
    expect(await byWebSocket(query)).toMatchObject({ type: 'error', payload: [{ extensions: REFUSED }] })
  })

  it('at introspection too', async () => {
    const open = await startGateway({ env: { TASK_GATEWAY_MAX_OBJECTS: '10000' } })
    const query = `{ __schema { types { ${many(20, (at) => `f${at}: fields { ...F }`)} } } } fragment F on __Field { ${many(19, (at) => `n${at}: name`)} }`
    const { body } = await open.query(query)
    await open.close()
    expect(body.errors?.map(({ extensions }) => extensions['code'])).toEqual(['QUERY_TOO_COSTLY'])
  })

  it('and not one with as many', async () => {
    const open = await startGateway({ env: { TASK_GATEWAY_MAX_OBJECTS: '302' }, inFrontOf: gateway.emulator })
    const fits = await open.query('{ tasks(first: 100) { nodes { id type status } } }')
    const exceeds = await open.query('{ tasks(first: 100) { nodes { id type status } totalCount } }')
    await open.close()
    // One of the root, one or two of the connection, and three of each task.
    expect([fits.status, exceeds.status, exceeds.body.errors?.[0]?.extensions['cost']]).toEqual([
      200, 400, 303,
    ])
  })
})

describe('a response that becomes larger than TASK_GATEWAY_MAX_ANSWER_BYTES', () => {
  const LARGE = `{ postgresTasks(first: 95) { nodes { ${aliases('input')} } } }`
  const TOO_LARGE = { code: 'QUERY_TOO_COSTLY', limit: 5_000_000 }
  const isTooLarge = (body: GraphAnswer) => {
    expect(body.data ?? null).toBeNull()
    expect(body.errors?.map(({ extensions }) => extensions)).toEqual([TOO_LARGE])
  }

  it('is not built to its end', async () => {
    const began = performance.now()
    const { status, body } = await gateway.query(LARGE)
    expect(performance.now() - began).toBeLessThan(2000)
    expect(status).toBe(400)
    isTooLarge(body)
    expect(await gateway.metrics()).toMatch(
      /task_gateway_refusals_total\{code="QUERY_TOO_COSTLY",limit="answer_bytes"\} [1-9]/,
    )
  })

  it('is refused over WebSocket', async () => {
    const { type, payload } = await byWebSocket(LARGE)
    expect(type).toBe('next')
    isTooLarge(payload as GraphAnswer)
  })

  it('is one error where its fields may not be null', async () => {
    const open = await startGateway({
      env: { TASK_GATEWAY_MAX_ANSWER_BYTES: '10000' },
      inFrontOf: gateway.emulator,
    })
    const { body } = await open.query(
      `{ ${many(20, (at) => `r${at}: cdbTasks(first: 95) { edges { cursor node { id } } }`)} }`,
    )
    await open.close()
    expect(body.errors?.map(({ extensions }) => extensions)).toEqual([{ ...TOO_LARGE, limit: 10_000 }])
    expect(body.data ?? null).toBeNull()
    expect(open.lines.join('')).not.toContain('"level":"error"')
  })

  it.each([
    ['characters that are escaped', '"', 2],
    ['control characters, each of which is sent as six', '\u0000', 6],
    ['characters of several bytes', '中', 3],
  ])('is measured as it is sent: %s', async (_, character, bytes) => {
    const length = 4000
    const Message = character.repeat(length)
    const rows = [{ ...rowsFrom('cdb', 1, JULY_2026)[0], Message }]
    const open = await startGateway({
      emulator: { world: worldOf({ cdb: { 'ap-guangzhou': rows } }) },
      env: { TASK_GATEWAY_MAX_ANSWER_BYTES: '10000' },
    })
    const once = await open.query('{ cdbTasks { nodes { message } } }')
    const often = await open.query('{ cdbTasks { nodes { a: message b: message } } }')
    const size = new ResponseSize(10_000)
    await open.close()
    expect([codeOf(once.body), codeOf(often.body)]).toEqual([
      bytes * length < 10_000 ? undefined : 'QUERY_TOO_COSTLY',
      'QUERY_TOO_COSTLY',
    ])
    // While it is built, and not only at its end.
    expect(size.take('message', character.repeat(10_000 / bytes - 100))).toBe(true)
    expect(size.take('message', character.repeat(200))).toBe(false)
  })

  it('is measured with what no resolver of ours gives: type names and errors', async () => {
    const open = await startGateway({
      env: { TASK_GATEWAY_MAX_ANSWER_BYTES: '10000' },
      inFrontOf: gateway.emulator,
    })
    const long = 'x'.repeat(60)
    const bodies = [
      open.query(`{ cdbTasks(first: 90) { nodes { ${long}a: __typename ${long}b: __typename } } }`),
      open.query(
        `query ($r: [_Any!]!) { _entities(representations: $r) { ${long}a: __typename ${long}b: __typename } }`,
        { r: Array.from({ length: 90 }, () => ({ __typename: 'Nothing' })) },
      ),
    ]
    const codes = (await Promise.all(bodies)).map(({ body }) =>
      body.errors?.map(({ extensions }) => extensions),
    )
    await open.close()
    expect(codes).toEqual([[{ ...TOO_LARGE, limit: 10_000 }], [{ ...TOO_LARGE, limit: 10_000 }]])
  })

  it('keeps the same task and JSON value once, however often it is shown', async () => {
    const { status, body } = await gateway.query(
      '{ postgresTasks(first: 60) { nodes { a: input b: input } } }',
    )
    expect([status, body.errors]).toEqual([200, undefined])
  })
})

it('refuses an alias of more than 64 characters, which every object would repeat', async () => {
  const { body } = await gateway.query(`{ tasks { nodes { ${'x'.repeat(65)}: id } } }`)
  expect(body.errors?.map(({ message }) => message)).toEqual([
    'An alias has 65 characters; at most 64 are allowed',
  ])
})
