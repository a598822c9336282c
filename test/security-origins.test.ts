import { KEYS, problems } from './support/config'
import { startGateway, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { documentedWorld } from './support/worlds'

const OURS = 'https://console.example.com'
const EVIL = 'https://console.example.com.evil.example'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { TASK_GATEWAY_CORS_ORIGINS: `${OURS}, http://localhost:3000` },
  })
})
afterAll(() => gateway.close())

const preflight = (origin: string) =>
  fetch(`${gateway.url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization',
    },
  })
const post = (origin: string) =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __typename }' }),
  })
const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin')

describe('a page of an origin in the list', () => {
  it.each([OURS, 'http://localhost:3000'])('may ask and read: %s', async (origin) => {
    const asked = await preflight(origin)
    expect([asked.status, allowed(asked)]).toEqual([204, origin])
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST')
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
    const answer = await post(origin)
    expect([answer.status, allowed(answer)]).toEqual([200, origin])
    expect(answer.headers.get('access-control-expose-headers')).toBe('retry-after')
    for (const each of [asked, answer]) {
      expect(each.headers.get('access-control-allow-credentials')).toBeNull()
      expect(each.headers.get('vary')).toMatch(/origin/i)
    }
  })

  it('may connect by WebSocket', async () => {
    const socket = await RawSocket.enter(gateway.url, undefined, { origin: OURS })
    await socket.close()
  })
})

describe('a page of any other origin', () => {
  it.each([EVIL, 'null', 'http://console.example.com', `${OURS}:8443`, 'HTTPS://CONSOLE.EXAMPLE.COM'])(
    'may neither ask nor read: %s',
    async (origin) => {
      const asked = await preflight(origin)
      expect([asked.status, allowed(asked)]).toEqual([405, null])
      expect(allowed(await post(origin))).toBeNull()
    },
  )

  it('may not connect by WebSocket', async () => {
    await expect(RawSocket.open(gateway.url, { origin: EVIL })).rejects.toThrow('403')
  })
})

it.each([
  '*',
  'console.example.com',
  'https://a.example/',
  'https://a.example/path',
  'null',
  'ftp://a.example',
])('the list does not take %s', async (origin) => {
  expect(await problems({ ...KEYS, TASK_GATEWAY_CORS_ORIGINS: `${OURS},${origin}` })).toEqual([
    expect.stringMatching(/^TASK_GATEWAY_CORS_ORIGINS is ".*": each entry must be an origin/),
  ])
})

it('without a list no origin is allowed', async () => {
  const closed = await startGateway({ emulator: { world: documentedWorld() } })
  const answer = await fetch(`${closed.url}/graphql`, { method: 'OPTIONS', headers: { origin: OURS } })
  await closed.close()
  expect([answer.status, allowed(answer)]).toEqual([405, null])
})
