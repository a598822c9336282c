import { buildSchema, parse, validate } from 'graphql'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'

const SCHEMA = join(__dirname, '../schema')
const names = readdirSync(join(SCHEMA, 'examples'))

function example(name: string): string {
  return readFileSync(join(SCHEMA, 'examples', name), 'utf8')
}

it.each(names)('explains and names its one operation: %s', (name) => {
  const { definitions } = parse(example(name))
  expect(example(name)).toMatch(/^# \S/)
  expect(definitions).toEqual([
    expect.objectContaining({ kind: 'OperationDefinition', operation: kindOf(name) }),
  ])
  expect(definitions[0]).toMatchObject({ name: { kind: 'Name' } })
})

it.each(names)('is valid by the published schema: %s', (name) => {
  const schema = buildSchema(readFileSync(join(SCHEMA, 'schema.graphql'), 'utf8'))
  expect(validate(schema, parse(example(name)))).toEqual([])
})

describe('against a gateway over emulated data', () => {
  let gateway: Awaited<ReturnType<typeof startGateway>>
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())

  it.each(names.filter((name) => kindOf(name) === 'query'))(
    'answers with tasks and no error: %s',
    async (name) => {
      const { status, body } = await gateway.query(example(name))
      expect(status).toBe(200)
      expect(body).not.toHaveProperty('errors')
      expect(JSON.stringify(body.data)).not.toMatch(/"(error|lastError)":\{/)
      for (const [field, answer] of Object.entries(body.data ?? {}))
        expect([field, rows(answer)]).not.toEqual([field, []])
      expect(Object.keys(body.data ?? {})).toHaveLength(1)
    },
  )

  it.each(names.filter((name) => kindOf(name) === 'subscription'))(
    'sends events without an error: %s',
    async (name) => {
      const socket = await RawSocket.enter(gateway.url)
      socket.subscribe('1', example(name))
      const event = await socket.next()
      await socket.close()
      expect(event).toMatchObject({ type: 'next', payload: { data: expect.any(Object) as unknown } })
      expect(event).not.toHaveProperty('payload.errors')
    },
  )
})

function kindOf(name: string): string {
  return /^(query|subscription) /m.exec(example(name))?.[1] ?? 'no operation'
}

/** What an answer lists: the nodes or edges of a connection, or the list itself. */
function rows(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return []
  if ('nodes' in answer) return answer.nodes
  return 'edges' in answer ? answer.edges : answer
}
