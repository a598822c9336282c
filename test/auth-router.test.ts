import { createKeyFile, keyEntry, post, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const SECRET = 'canary-secret-of-the-router'
const KEY = { 'x-api-key': 'key' }
const ENTITIES =
  '_entities(representations: [{ __typename: "DatabaseInstance", id: "cdb-6kd9h71i" }]) { ... on DatabaseInstance { id } }'

let file: KeyFile
let gateway: TestGateway
beforeAll(async () => {
  file = await createKeyFile([keyEntry('router', 'key')])
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { ...file.env, TASK_GATEWAY_ROUTER_SECRET: SECRET },
  })
})
afterAll(async () => {
  await gateway.close()
  await file.remove()
})

async function ask(query: string, headers: Record<string, string | string[]>): Promise<unknown> {
  return JSON.parse((await post(gateway.url, headers, query)).text)
}

describe('with a secret of the router', () => {
  it.each([
    ['_service', '{ _service { sdl } }'],
    ['_entities', `{ ${ENTITIES} }`],
  ])('%s answers whoever brings it beside a key', async (field, query) => {
    const answer = await ask(query, { ...KEY, 'x-router-secret': SECRET })
    expect(answer).toMatchObject({ data: { [field]: expect.anything() as unknown } })
    expect(answer).not.toHaveProperty('errors')
  })

  it.each([
    ['_service', '{ _service { sdl } }', '_service'],
    ['_entities', `{ ${ENTITIES} }`, '_entities'],
    ['an alias', '{ tasks: _service { sdl } }', 'tasks'],
    ['an alias of _entities', `{ a: ${ENTITIES} }`, 'a'],
    ['a fragment', '{ ...F } fragment F on Query { _service { sdl } }', '_service'],
    [
      'a fragment in a fragment',
      '{ ...F } fragment F on Query { ... { ...G } } fragment G on Query { x: _service { sdl } }',
      'x',
    ],
    ['a directive', '{ _service @include(if: true) { sdl } }', '_service'],
    ['no field of it', '{ _service { __typename } }', '_service'],
    ['another field', '{ taskSources { name } _service { sdl } }', '_service'],
    ['no representation', '{ _entities(representations: []) { __typename } }', '_entities'],
  ])('%s is FORBIDDEN without it', async (_, query, name) => {
    for (const headers of [
      KEY,
      { ...KEY, 'x-router-secret': '' },
      { ...KEY, 'x-router-secret': SECRET.slice(0, -1) },
      { ...KEY, 'x-router-secret': `${SECRET}!` },
      { ...KEY, 'x-router-secret': [SECRET, SECRET] },
      { ...KEY, 'router-secret': SECRET },
    ]) {
      const answer = await ask(query, headers)
      expect(answer).toMatchObject({
        data: null,
        errors: [
          {
            message: 'Only the router may ask this: the header x-router-secret is missing or wrong',
            path: [name],
            extensions: { code: 'FORBIDDEN' },
          },
        ],
      })
      expect(answer).toMatchObject({ extensions: { upstream: { calls: 0 } } })
    }
  })

  it('all else needs a key alone', async () => {
    expect(await ask('{ taskSources { name } }', KEY)).not.toHaveProperty('errors')
  })

  it('is not enough without a key', async () => {
    const secret = { 'x-router-secret': SECRET }
    for (const headers of [secret, { ...secret, authorization: `Bearer ${SECRET}` }, { 'x-api-key': SECRET }])
      expect((await post(gateway.url, headers, '{ _service { sdl } }')).status).toBe(401)
  })

  it('it is in no answer, log line or metric', async () => {
    const answer = await ask('{ _service { sdl } }', { ...KEY, 'x-router-secret': SECRET })
    const seen = [JSON.stringify(answer), ...gateway.lines, await gateway.metrics()].join('\n')
    expect(seen).not.toContain('canary')
  })
})

it('holds without authentication too', async () => {
  const open = await startGateway({
    inFrontOf: gateway.emulator,
    env: { TASK_GATEWAY_ROUTER_SECRET: SECRET },
  })
  const statuses = await Promise.all(
    [{}, { 'x-router-secret': SECRET }].map(async (headers) => {
      const { text } = await post(open.url, headers, '{ _service { sdl } }')
      return text.includes('FORBIDDEN')
    }),
  )
  await open.close()
  expect(statuses).toEqual([true, false])
})

it('without such a secret every caller may ask as a router', async () => {
  const open = await startGateway({ inFrontOf: gateway.emulator, env: file.env })
  const { text } = await post(open.url, KEY, '{ _service { sdl } }')
  await open.close()
  expect(JSON.parse(text)).toMatchObject({ data: { _service: { sdl: expect.any(String) as unknown } } })
})

describe('without introspection', () => {
  const start = (env: Record<string, string>) =>
    startGateway({
      inFrontOf: gateway.emulator,
      env: { ...file.env, TASK_GATEWAY_INTROSPECTION: 'false', ...env },
    })

  it.each([
    ['_service', '{ _service { sdl } }'],
    ['an alias', '{ tasks: _service { sdl } }'],
    ['a fragment', '{ ...F } fragment F on Query { ... { x: _service { sdl } } }'],
  ])('and without a secret, nobody is told the schema by %s', async (_, query) => {
    const closed = await start({})
    const { status, text } = await post(closed.url, KEY, query)
    await closed.close()
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    })
    expect(text).not.toContain('type Query')
  })

  it('a router that knows the secret is told it', async () => {
    const closed = await start({ TASK_GATEWAY_ROUTER_SECRET: SECRET })
    const headers = { ...KEY, 'x-router-secret': SECRET }
    const { text } = await post(closed.url, headers, '{ _service { sdl } }')
    await closed.close()
    expect(text).toContain('type Query')
  })
})
