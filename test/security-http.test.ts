import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const QUERY = JSON.stringify({ query: '{ __typename }' })

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    adapt: (config) => ({
      ...config,
      limits: { ...config.limits, timeouts: { headersMs: 300, requestMs: 600 } },
    }),
  })
})
afterAll(() => gateway.close())
afterEach(() => expect(gateway.lines.filter((line) => line.includes('nobody expected'))).toEqual([]))

/** Everything that comes back on one connection until it is closed. */
function raw(...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', reject).on('close', () => resolve(text))
    for (const part of parts) socket.write(part)
  })
}
const head = (...lines: readonly string[]) =>
  `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`

/** One answer that refuses in GraphQL's shape, behind which the connection is closed. */
function expectOneRefusal(text: string, status: number): void {
  expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  expect(JSON.parse(body)).toMatchObject({
    errors: [{ message: expect.stringMatching(/./) as unknown, extensions: { code: 'BAD_REQUEST' } }],
  })
}

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const answer = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: answer.status, headers: answer.headers, json: await answer.json() }
}

describe('a request that proxies could read in two ways is refused, and nothing behind it is read', () => {
  const hidden = `POST /graphql HTTP/1.1\r\nhost: localhost\r\n\r\n`
  it.each([
    [
      'both a length and chunks',
      head('content-length: 5', 'transfer-encoding: chunked'),
      `0\r\n\r\n${hidden}`,
    ],
    ['two lengths', head('content-length: 5', 'content-length: 50'), hidden],
    ['a length with a sign', head('content-length: +5'), hidden],
    ['a length that is none', head('content-length: five'), hidden],
    [
      'a transfer encoding behind chunked',
      head('transfer-encoding: chunked, identity'),
      `0\r\n\r\n${hidden}`,
    ],
    ['a blank before a colon', head('content-length : 5'), hidden],
    ['a header without a name', head(': 5'), hidden],
    ['a bare line feed in a header', head('x: a\nb: c\rd'), hidden],
    ['a chunk size that is none', head('transfer-encoding: chunked'), `zz\r\n\r\n${hidden}`],
    ['no HTTP at all', '\x16\x03\x01\x02', hidden],
  ])('because it has %s', async (_, request, rest) => {
    const text = await raw(request, rest)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(text).toContain('"code":"BAD_REQUEST"')
    expect(text).not.toContain('__typename')
  })
})

describe('a client that dribbles', () => {
  it.each([
    ['its headers', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n'],
    ['nothing but a line', 'POST /gra'],
    ['its body', head('content-length: 1000') + '{"query":'],
  ])('is told that time is up, and closed: %s', async (_, text) => {
    expectOneRefusal(await raw(text), 408)
  })
})

describe('a request that is too large', () => {
  it.each([
    ['a header', () => raw(head(`x-large: ${'x'.repeat(20_000)}`))],
    ['many headers', () => raw(head(...Array.from({ length: 3000 }, (_, at) => `x${at}: 1`)))],
    ['a URL', () => raw(`GET /graphql?query=${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`)],
  ])('is refused: %s', async (_, send) => {
    expectOneRefusal(await send(), 431)
  })

  it('is refused: a body, whether it tells its length or not', async () => {
    const large = JSON.stringify({ query: 'x'.repeat(300_000) })
    expect((await post(large)).status).toBe(413)
    const chunk = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`
    expect(await raw(head('transfer-encoding: chunked', 'connection: close'), chunk)).toMatch(
      /^HTTP\/1\.1 413 /,
    )
  })
})

describe('a body', () => {
  it.each(['gzip', 'deflate', 'br', 'GZIP', 'gzip, identity'])(
    'encoded as %s is not unpacked',
    async (encoding) => {
      const bomb = new Uint8Array(
        gzipSync(JSON.stringify({ query: `{ __typename } #${' '.repeat(10_000_000)}` })),
      )
      expect(await post(bomb, { 'content-encoding': encoding })).toMatchObject({
        status: 415,
        json: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
      })
    },
  )

  it.each([
    ['lists in lists', '['.repeat(100_000), 400],
    ['closed lists in lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400],
    [
      'objects in objects as variables',
      `{"query":"{ __typename }","variables":{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`,
      200,
    ],
    [
      'a number beyond all',
      '{"query":"query ($n: Int) { tasks(first: $n) { totalCount } }","variables":{"n":1e999}}',
      400,
    ],
    ['a key twice', '{"query":"{ nope }","query":"{ __typename }"}', 200],
    ['__proto__', '{"query":"{ __typename }","variables":{"__proto__":{"first":1}}}', 400],
    ['constructor.prototype', '{"query":"{ __typename }","constructor":{"prototype":{"x":1}}}', 400],
    ['a lone surrogate', '{"query":"{ __typename } #\\ud800"}', 400],
    ['zeros', '\0\0\0\0', 400],
    ['a byte order mark', '\uFEFF{"query":"{ __typename }"}', 200],
  ])('of %s does no harm', async (_, body, status) => {
    const answer = await post(body)
    expect(answer.status).toBe(status)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { first?: unknown }).first).toBeUndefined()
  })
})

describe('a page elsewhere', () => {
  it.each([
    ['text/plain', QUERY],
    ['application/x-www-form-urlencoded', 'query=%7B__typename%7D'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n{__typename}\r\n--x--',
    ],
  ])('cannot ask without a preflight: %s', async (type, body) => {
    const { status } = await post(body, { 'content-type': type })
    expect([400, 415]).toContain(status)
  })

  it('cannot have an answer run, framed or guessed', async () => {
    const { headers } = await post(QUERY)
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    const page = await fetch(`${gateway.url}/graphiql`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
  })
})

it.each(['x-http-method-override', 'x-http-method', 'x-method-override'])(
  'a method in the header %s is not heard',
  async (name) => {
    expect((await post(QUERY, { [name]: 'DELETE' })).status).toBe(200)
    const answer = await fetch(`${gateway.url}/graphql`, { method: 'DELETE', headers: { [name]: 'POST' } })
    expect(answer.status).toBe(405)
  },
)

it('a forged line stays within its line of the log', async () => {
  const forged = 'x\r\n{"level":"error","msg":"forged"}\u001b[31m\u2028'
  await gateway.query(`{ task(id: ${JSON.stringify(forged)}) { id } }`, {}, { 'user-agent': 'a b' })
  await fetch(`${gateway.url}/${encodeURIComponent(forged)}`)
  for (const line of gateway.lines) {
    expect(line.trimEnd()).not.toMatch(/[\r\n\u001b]/)
    expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' })
  }
})
