import { once } from 'node:events'
import { WebSocket } from 'ws'
import { post } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { startIssuer, type Issuer } from './support/issuer'
import { documentedWorld } from './support/worlds'

const MINUTE_MS = 60_000

let issuer: Issuer
let gateway: TestGateway
let nowMs = Date.now()
const now = () => nowMs
beforeEach(async () => {
  issuer = await startIssuer(now)
  await issuer.addKey('second')
  issuer.published = ['first']
  gateway = await startGateway({ emulator: { world: documentedWorld() }, env: issuer.env, now })
})
afterEach(async () => {
  await gateway.close()
  await issuer.close()
})

/** The status of a request with a new token that this key has signed. */
async function statusOf(kid: string): Promise<number> {
  const token = await issuer.token({ kid, header: { kid } })
  return (await post(gateway.url, { authorization: `Bearer ${token}` })).status
}
/** How a connection is closed that brings this. */
async function closeCodeOf(authorization: string): Promise<number> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })),
  )
  const [code] = (await once(socket, 'close')) as [number]
  return code
}
const unknownKid = () => issuer.token({ header: { kid: String(Math.random()) } })
const fetchLines = () =>
  gateway.lines.filter((line) => line.includes('"msg":"the keys of the issuer could not be fetched'))

describe('the keys of the issuer', () => {
  it('are fetched once for many who come together', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => statusOf('first')))).toEqual(
      Array(20).fill(200),
    )
    expect(issuer.fetches).toBe(1)
  })

  it('are fetched again for a key that is new, and the one withdrawn with it is refused', async () => {
    expect([await statusOf('first'), await statusOf('second')]).toEqual([200, 401])
    issuer.published = ['second']
    nowMs += 31_000
    expect([await statusOf('second'), await statusOf('first')]).toEqual([200, 401])
  })

  it('are fetched again when they are old, so that a key withdrawn does not live on', async () => {
    expect(await statusOf('first')).toBe(200)
    issuer.published = []
    nowMs += 9 * MINUTE_MS
    expect([await statusOf('first'), issuer.fetches]).toEqual([200, 1])
    nowMs += MINUTE_MS
    expect([await statusOf('first'), issuer.fetches]).toEqual([401, 2])
  })

  it('are not fetched for each unknown name that somebody makes up', async () => {
    expect(await statusOf('first')).toBe(200)
    const made = Array.from({ length: 30 }, async () => {
      const { status } = await post(gateway.url, { authorization: `Bearer ${await unknownKid()}` })
      return status
    })
    expect(await Promise.all(made)).toEqual(Array(30).fill(401))
    expect(issuer.fetches).toBe(1)
    nowMs += 31_000
    for (let at = 0; at < 10; at += 1)
      await post(gateway.url, { authorization: `Bearer ${await unknownKid()}` })
    expect([issuer.fetches, await statusOf('first')]).toEqual([2, 200])
  })
})

describe('while they cannot be fetched', () => {
  it('those known live on, also when they are old, and the log says so', async () => {
    expect(await statusOf('first')).toBe(200)
    await issuer.close()
    for (const hours of [1, 2, 3]) {
      nowMs += hours * 60 * MINUTE_MS
      expect([await statusOf('first'), await statusOf('second')]).toEqual([200, 401])
    }
    expect(fetchLines()).not.toEqual([])
  })

  it.each<[string, NonNullable<Issuer['answer']>]>([
    ['an error', (response) => response.writeHead(500).end()],
    ['no JSON', (response) => response.end('<html>')],
    ['a broken connection', (response) => response.destroy()],
  ])('and none is known, nobody is refused for it: %s', async (_, answer) => {
    issuer.answer = answer
    const authorization = `Bearer ${await issuer.token({ kid: 'first', header: { kid: 'first' } })}`
    const { status, headers, text } = await post(gateway.url, { authorization })
    expect([status, headers['retry-after'], headers['www-authenticate']]).toEqual([503, '5', undefined])
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: expect.any(String) as unknown,
          extensions: { code: 'AUTHENTICATION_UNAVAILABLE', retryAfterMs: 5000 },
        },
      ],
      extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
    })
    expect(await closeCodeOf(authorization)).toBe(1013)
    expect((await post(gateway.url, { authorization: 'Bearer no-token' })).status).toBe(401)
    expect(await gateway.metrics()).toContain('authentications_total{outcome="unavailable"} 2')
  })

  it('they are not asked for at every request, and are there again after a moment', async () => {
    issuer.answer = (response) => response.writeHead(503).end()
    for (let at = 0; at < 10; at += 1) expect(await statusOf('first')).toBe(503)
    expect([issuer.fetches, fetchLines().length]).toEqual([1, 1])
    issuer.answer = null
    nowMs += 5000
    expect([await statusOf('first'), issuer.fetches]).toEqual([200, 2])
  })

  it.each<[string, NonNullable<Issuer['answer']>]>([
    ['is an error', (response) => response.writeHead(500).end('{"keys":[]}')],
    ['leads elsewhere', (response) => response.writeHead(302, { location: '/keys' }).end()],
    ['is no JSON', (response) => response.end('<html>')],
    ['is no set of keys', (response) => response.end('{"keys":{}}')],
    ['is null', (response) => response.end('null')],
    ['is a list', (response) => response.end('[]')],
    ['is too large', (response) => response.end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`)],
    [
      'breaks off',
      (response) => response.writeHead(200, { 'content-length': 99 }).write('{"keys"') && response.destroy(),
    ],
    ['never comes', () => {}],
    ['never ends', (response) => void response.write('{"keys":[')],
  ])('as the answer %s, those known live on', async (_, answer) => {
    expect(await statusOf('first')).toBe(200)
    issuer.answer = answer
    nowMs += 10 * MINUTE_MS
    expect([await statusOf('first'), issuer.fetches]).toEqual([200, 2])
    expect(fetchLines()).toHaveLength(1)
  })
})
