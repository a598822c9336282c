import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const JSON_TYPE = { 'content-type': 'application/json' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterAll(() => gateway.close())

/** Sends anything; the body is read as JSON where it is some. */
async function send(path: string, init: RequestInit = {}) {
  const answer = await fetch(gateway.url + path, { redirect: 'manual', ...init })
  const body = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    body,
    json: body.startsWith('{') ? (JSON.parse(body) as unknown) : null,
  }
}

const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
  send('/graphql', { method: 'POST', headers, body })

/** A refusal in GraphQL's shape, with nothing of our inside. */
function expectRefused(answer: Awaited<ReturnType<typeof send>>, status: number, code = 'BAD_REQUEST'): void {
  expect(answer.status).toBe(status)
  expect(answer.json).toMatchObject({
    errors: [{ message: expect.stringMatching(/./) as unknown, extensions: { code } }],
  })
  expect(answer.headers.get('content-type')).toMatch(/json/)
  expect(answer.body).not.toMatch(/stack|node_modules|\.[jt]s:\d/)
}

describe('a body that is no GraphQL request', () => {
  it.each([
    ['empty', '', 400],
    ['not JSON', '{"query":', 400],
    ['an empty object', '{}', 400],
    ['a list', '[{"query":"{ __typename }"}]', 400],
    ['an empty list', '[]', 400],
    ['a text', '"{ __typename }"', 400],
    ['null', 'null', 400],
    ['a number as the query', '{"query":5}', 400],
    ['a text as the variables', '{"query":"{ __typename }","variables":"{}"}', 400],
    ['a list as the variables', '{"query":"{ __typename }","variables":[]}', 400],
    ['a number as the name', '{"query":"{ __typename }","operationName":5}', 400],
    ['one that would change our objects', '{"query":"{ __typename }","__proto__":{"a":1}}', 400],
    ['an empty query', '{"query":""}', 400],
    ['larger than 256 KiB', JSON.stringify({ query: `{ __typename } #${'x'.repeat(262_144)}` }), 413],
  ])('because it is %s is refused', async (_, body, status) => {
    expectRefused(await post(body), status)
  })

  it('but one of just under 256 KiB is read', async () => {
    const query = '{ __typename } #'
    expect((await post(JSON.stringify({ query: query.padEnd(262_000, 'x') }))).status).toBe(200)
  })

  it.each([
    ['text/plain', 400],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/xml', 415],
    ['application/graphql', 415],
  ])('because it is sent as %s is refused', async (type, status) => {
    expectRefused(await post('{"query":"{ __typename }"}', { 'content-type': type }), status)
  })

  it('that names no operation it has is refused', async () => {
    const two = 'query A { __typename } query B { __typename }'
    expectRefused(await post(JSON.stringify({ query: two })), 400, 'OPERATION_RESOLUTION_FAILURE')
    expectRefused(
      await post(JSON.stringify({ query: two, operationName: 'C' })),
      400,
      'OPERATION_RESOLUTION_FAILURE',
    )
  })

  it('that sends a hash instead of a query is told that there are none', async () => {
    const persistedQuery = { version: 1, sha256Hash: 'a'.repeat(64) }
    const answer = await post(JSON.stringify({ extensions: { persistedQuery } }))
    expect(answer.json).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }] })
  })

  it('for a caller who takes no JSON is refused', async () => {
    expectRefused(await post('{"query":"{ __typename }"}', { ...JSON_TYPE, accept: 'text/html' }), 406)
  })
})

describe('GET /graphql', () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    send(`/graphql?query=${encodeURIComponent(query)}`, { headers })
  const GUARD = { 'apollo-require-preflight': '1' }

  it('answers a query of a caller that no other page can be', async () => {
    for (const headers of [GUARD, { 'x-apollo-operation-name': 'x' }, JSON_TYPE]) {
      const answer = await get('{ __typename }', headers)
      expect([answer.status, answer.json]).toMatchObject([200, { data: { __typename: 'Query' } }])
    }
  })

  it('refuses one that another page could have sent', async () => {
    for (const headers of [{}, { 'content-type': 'text/plain' }, { origin: 'https://evil.example' }])
      expectRefused(await get('{ __typename }', headers), 400)
  })

  it('refuses a mutation, no query at all, and variables that are none', async () => {
    expectRefused(await get('mutation { destroy }', GUARD), 400, 'GRAPHQL_VALIDATION_FAILED')
    expectRefused(await send('/graphql', { headers: GUARD }), 400)
    expectRefused(await send('/graphql?query={__typename}&variables={', { headers: GUARD }), 400)
  })
})

describe('every GraphQL answer says what it has cost the upstreams', () => {
  it.each([
    ['data', '{ tasks { totalCount } }', 2],
    ['no call', '{ taskSources { name } }', 0],
    ['bad input', '{ tasks(first: 0) { totalCount } }', 0],
    ['no field of that name', '{ nope }', 0],
    ['no GraphQL', '{', 0],
    ['an empty query', '', 0],
  ])('with %s', async (_, query, calls) => {
    const { body } = await gateway.query(query)
    expect(body.extensions?.upstream).toEqual({
      calls,
      cacheHits: 0,
      shared: 0,
      queuedMs: expect.any(Number) as unknown,
    })
  })
})

describe('other paths', () => {
  it('tell that the process lives and that it should get traffic', async () => {
    expect([(await send('/healthz')).status, (await send('/readyz')).status]).toEqual([200, 200])
  })

  it('lead from / to GraphiQL', async () => {
    const { status, headers } = await send('/')
    expect([status, headers.get('location')]).toEqual([302, '/graphiql'])
  })

  it.each(['/nope', '/graphql/', '/graphql/x', '/metrics', '/..%2fpackage.json', '/__emulator/log'])(
    'that nobody serves are 404: %s',
    async (path) => expectRefused(await send(path), 404),
  )

  it('that cannot be decoded are 400', async () => {
    expectRefused(await send('/%E0%A4%A'), 400)
  })

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('to the API with the method %s are 405', async (method) => {
    const answer = await send('/graphql', { method })
    expect(answer.headers.get('allow')).toBe('GET, POST')
    expectRefused(answer, 405)
  })

  it('keep a browser from guessing what an answer is', async () => {
    for (const path of ['/healthz', '/nope', '/graphiql', '/graphql?query={__typename}'])
      expect((await send(path)).headers.get('x-content-type-options')).toBe('nosniff')
    expect((await send('/nope')).headers.get('x-powered-by')).toBeNull()
  })
})

describe('on loopback', () => {
  const withHost = (host: string, path = '/graphql') =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const body = JSON.stringify({ query: '{ __typename }' })
      const sent = request(
        gateway.url + path,
        { method: 'POST', headers: { ...JSON_TYPE, host } },
        (answer) => {
          void text(answer).then((given) => resolve({ status: answer.statusCode, body: given }))
        },
      )
      sent.on('error', reject).end(body)
    })

  it.each(['localhost', 'localhost:4000', '127.0.0.1', '[::1]:80', 'LOCALHOST'])(
    'the Host %s is ours',
    async (host) => {
      expect((await withHost(host)).status).toBe(200)
    },
  )

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    '0.0.0.0',
    '127.0.0.1:80:90',
  ])('the Host %s is refused: its page rebound its name', async (host) => {
    for (const path of ['/graphql', '/nope']) {
      const { status, body } = await withHost(host, path)
      expect(status).toBe(403)
      expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    }
  })
})

describe('settings that close doors', () => {
  const closed: TestGateway[] = []
  const startClosed = async (env: Record<string, string>) => {
    const started = await startGateway({ emulator: { world: documentedWorld() }, env })
    closed.push(started)
    return started
  }
  afterEach(() => Promise.all(closed.splice(0).map((one) => one.close())))

  it('refuse introspection, and hide GraphiQL and the way to it', async () => {
    const gate = await startClosed({ TASK_GATEWAY_INTROSPECTION: 'false', TASK_GATEWAY_GRAPHIQL: 'false' })
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Task") { name } }']) {
      const { status, body } = await gate.query(query)
      expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED'])
    }
    for (const path of ['/', '/graphiql', '/graphiql/'])
      expect((await fetch(gate.url + path)).status).toBe(404)
  })

  it('are the default in production, where errors do not suggest names either', async () => {
    const gate = await startClosed({ NODE_ENV: 'production' })
    expect((await fetch(`${gate.url}/graphiql`)).status).toBe(404)
    expect((await gate.query('{ __schema { types { name } } }')).body.data).toBeUndefined()
    const { body } = await gate.query('{ taks { nodes { id } } }')
    expect(body.errors?.[0]?.message).not.toMatch(/mean|tasks/)
  })

  it('are open in development', async () => {
    const gate = await startClosed({ NODE_ENV: 'development' })
    expect((await gate.query('{ __schema { queryType { name } } }')).body).not.toHaveProperty('errors')
  })
})

describe('a gateway that is told to stop', () => {
  it('is not ready while it drains, and serves on', async () => {
    const drained = await startGateway({ emulator: { world: documentedWorld() } })
    await drained.drain()
    const ready = await fetch(`${drained.url}/readyz`)
    const { body } = await drained.query('{ tasks { totalCount } }')
    await drained.close()
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close'])
    expect(body.data).toEqual({ tasks: { totalCount: 14 } })
  })

  it('does not wait for a connection on which nothing was ever asked', async () => {
    const stopped = await startGateway({ emulator: { world: documentedWorld() } })
    const silent = connect(Number(new URL(stopped.url).port), '127.0.0.1')
    await new Promise((resolve) => silent.once('connect', resolve))
    await fetch(`${stopped.url}/healthz`)
    const sinceMs = performance.now()
    await stopped.close()
    silent.destroy()
    expect(performance.now() - sinceMs).toBeLessThan(2000)
  })
})
