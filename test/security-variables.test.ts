import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { documentedWorld } from './support/worlds'

const LIST = 'query ($first: Int, $after: String) { tasks(first: $first, after: $after) { totalCount } }'
const FILTERED = 'query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }'
const ENTITIES = `query ($representations: [_Any!]!) {
  ${Array.from({ length: 29 }, (_, at) => `e${at}: _entities(representations: $representations) { __typename }`).join(' ')}
}`

type Variables = Record<string, unknown>

let gateway: TestGateway
beforeAll(async () => {
  const env = { NODE_ENV: 'production', TASK_GATEWAY_INTROSPECTION: 'true' }
  gateway = await startGateway({ emulator: { world: documentedWorld() }, env })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

async function byHttp(query: string, variables: Variables): Promise<GraphAnswer['errors']> {
  const { status, body } = await gateway.query(query, variables)
  expect(status).toBe(400)
  expect(body.extensions?.upstream.calls).toBe(0)
  return body.errors
}

async function byWebSocket(query: string, variables: Variables): Promise<GraphAnswer['errors']> {
  const socket = await RawSocket.enter(gateway.url)
  socket.subscribe('1', query, variables)
  const message = await socket.next()
  await socket.close()
  expect(message['type']).toBe('error')
  return message['payload'] as GraphAnswer['errors']
}

describe.each([
  ['HTTP', byHttp],
  ['WebSocket', byWebSocket],
])('a wrong variable over %s', (_, ask) => {
  async function expectRefused(query: string, variables: Variables): Promise<readonly string[]> {
    const errors = (await ask(query, variables)) ?? []
    expect(new Set(errors.map(({ extensions }) => extensions['code']))).toEqual(new Set(['BAD_USER_INPUT']))
    expect(gateway.emulator.log.find({})).toEqual([])
    return errors.map(({ message }) => message)
  }

  it.each([
    ['text that looks like a suggestion', ' Did you mean '.repeat(18_200)],
    ['text that looks like the end of one', `${'Did you mean '.repeat(18_000)}?`],
    ['text', 'x'.repeat(250_000)],
    ['an object', { text: 'x'.repeat(250_000) }],
    ['a list of texts', Array.from({ length: 50 }, () => 'x'.repeat(5000))],
    [
      'text below many lists',
      JSON.parse(`${'['.repeat(500)}"${'x'.repeat(1000)}"${']'.repeat(500)}`) as unknown,
    ],
  ])('is quoted in short where it is %s', async (_what, first) => {
    const [message = ''] = await expectRefused(LIST, { first })
    expect(message).toMatch(/^Variable "\$first" got invalid value /)
    expect(message.length).toBeLessThanOrEqual(500)
    expect(message).not.toMatch(/x{100}|(Did you mean ){8}/)
  })

  it('is quoted in short where the name of a field is long', async () => {
    const [message = ''] = await expectRefused(FILTERED, { filter: { ['x'.repeat(200_000)]: 1 } })
    expect(message).toContain('is not defined by type "TaskFilter"')
    expect(message).not.toMatch(/x{100}/)
  })

  it('is BAD_USER_INPUT where it has more wrong entries than are told, and is no unexpected error', async () => {
    const statuses = Array.from({ length: 60 }, (_entry, at) => `WRONG_${at}`)
    const messages = await expectRefused(FILTERED, { filter: { statuses } })
    expect(messages).toHaveLength(5)
    expect(messages[0]).toContain('Value "WRONG_0" does not exist in "TaskStatus" enum.')
    expect(messages[4]).toContain('Too many errors processing variables')
    expect(gateway.lines.join('')).not.toContain('"level":"error"')
  })

  it('is refused where _entities gets more than 1,000 representations', async () => {
    const representation = { __typename: 'DatabaseInstance', id: 'cdb-c1nl9rpv' }
    const representations = Array.from({ length: 1001 }, () => representation)
    expect(await expectRefused(ENTITIES, { representations })).toEqual([
      'representations has 1001 entries; at most 1000 are allowed',
    ])
  })

  it.each(['providers', 'accounts', 'regions', 'instanceIds', 'statuses', 'types'])(
    'is refused where filter.%s has more than 1,000 entries',
    async (list) => {
      const entry = { providers: 'CDB', statuses: 'RUNNING', types: 'RESTART' }[list] ?? 'x'
      const filter = { [list]: Array.from({ length: 1001 }, () => entry) }
      expect(await expectRefused(FILTERED, { filter })).toEqual([
        `filter.${list} has 1001 entries; at most 1000 are allowed`,
      ])
    },
  )
})

it('serves 1,000 representations', async () => {
  const representation = { __typename: 'DatabaseInstance', id: 'cdb-c1nl9rpv' }
  const query =
    'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }'
  const representations = Array.from({ length: 1000 }, () => representation)
  const { body } = await gateway.query(query, { representations })
  expect([body.errors, (body.data?.['_entities'] as unknown[]).length]).toEqual([undefined, 1000])
})

it('serves a filter whose list has 1,000 entries', async () => {
  const filter = { statuses: Array.from({ length: 1000 }, () => 'RUNNING') }
  const { body } = await gateway.query(FILTERED, { filter })
  expect(body.errors).toBeUndefined()
})

it.each([
  ['a value in a document', `{ tasks(first: "${'Did you mean '.repeat(18_000)}") { totalCount } }`],
  ['a name in a document', `{ ${'x'.repeat(240_000)} }`],
  ['a text in a document without an end', `{ tasks(first: "${'x'.repeat(240_000)}`],
])('quotes %s in short', async (_, query) => {
  const { status, body } = await gateway.query(query)
  expect(status).toBe(400)
  expect(body.errors?.length).toBeGreaterThan(0)
  for (const { message } of body.errors ?? []) expect(message.length).toBeLessThanOrEqual(500)
})
