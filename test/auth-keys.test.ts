import { rm } from 'node:fs/promises'
import { readKeyFile } from '../src/auth/key-file'
import { createKeyRing } from '../src/auth/api-key'
import { createKeyFile, keyEntry, post, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { ManualTime } from './support/manual-time'
import { documentedWorld } from './support/worlds'

const KEY = 'canary-key-of-the-ci-000000000000'
const OTHER = 'canary-key-of-the-dashboard-00000'

let file: KeyFile
let gateway: TestGateway
let nowMs = Date.now()
beforeAll(async () => {
  file = await createKeyFile([])
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { ...file.env, TASK_GATEWAY_GRAPHIQL: 'true' },
    now: () => nowMs,
  })
})
afterAll(async () => {
  await gateway.close()
  await file.remove()
})
beforeEach(() =>
  write([keyEntry('ci', KEY), keyEntry('board', OTHER), keyEntry('none', 'a', { scopes: [] })]),
)

/** Later, so that the gateway looks at the file again. */
async function write(content: unknown): Promise<void> {
  await file.write(content)
  nowMs += 2000
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const statusOf = async (headers: Record<string, string | string[]>) =>
  (await post(gateway.url, headers)).status

describe('a key of the file', () => {
  it.each([
    ['as a bearer', bearer(KEY)],
    ['as a bearer in lower case', { authorization: `bearer ${KEY}` }],
    ['as a bearer in upper case, after two blanks', { authorization: `BEARER  ${KEY}` }],
    ['in x-api-key', { 'x-api-key': KEY }],
    ['that is another one', { 'x-api-key': OTHER }],
  ])('lets a request in %s', async (_, headers) => {
    const { status, text } = await post(gateway.url, headers)
    expect([status, JSON.parse(text)]).toMatchObject([200, { data: { __typename: 'Query' } }])
  })

  it('answers 403 where it has not the scope to read, whatever is asked', async () => {
    const { status, text } = await post(gateway.url, bearer('a'), '{ nope')
    expect([status, JSON.parse(text)]).toEqual([
      403,
      {
        errors: [
          {
            message: 'These credentials do not allow to read tasks',
            extensions: { code: 'FORBIDDEN' },
          },
        ],
        extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
      },
    ])
  })
})

const WRONG: readonly (readonly [string, Record<string, string | string[]>])[] = [
  ['that is missing', {}],
  ['that is empty', { authorization: '' }],
  ['that is a scheme alone', { authorization: 'Bearer' }],
  ['that is a scheme and a blank', { authorization: 'Bearer ' }],
  ['that is in no entry', bearer('wrong-key')],
  ['that is only begun', bearer(KEY.slice(0, -1))],
  ['that goes on', bearer(`${KEY}0`)],
  ['in other letters', bearer(KEY.toUpperCase())],
  ['that is the hash of a key', bearer(keyEntry('ci', KEY).sha256)],
  ['that is the name of a key', { 'x-api-key': 'ci' }],
  ['without a scheme', { authorization: KEY }],
  ['of the scheme Basic', { authorization: `Basic ${Buffer.from(`ci:${KEY}`).toString('base64')}` }],
  ['of an unknown scheme', { authorization: `Key ${KEY}` }],
  ['with a blank inside', bearer(`${KEY} ${KEY}`)],
  ['behind a tab', { authorization: `Bearer\t${KEY}` }],
  ['with a comma', bearer(`${KEY},${KEY}`)],
  ['that is not ASCII', bearer('clé-é')],
  ['that came twice', { authorization: [`Bearer ${KEY}`, `Bearer ${KEY}`] }],
  ['that came twice, once wrong', { authorization: ['Bearer wrong', `Bearer ${KEY}`] }],
  ['that came twice in x-api-key', { 'x-api-key': [KEY, KEY] }],
  ['in both headers', { ...bearer(KEY), 'x-api-key': KEY }],
  ['in both headers, one empty', { ...bearer(KEY), 'x-api-key': '' }],
  ['in a header of another name', { 'api-key': KEY }],
  ['in a cookie', { cookie: `authorization=Bearer ${KEY}; x-api-key=${KEY}` }],
  ['of 9 KiB', bearer('k'.repeat(9216))],
]

describe('a credential', () => {
  it.each(WRONG)('%s is 401, with the one text for all', async (_, headers) => {
    const { status, text, headers: answered } = await post(gateway.url, headers)
    expect([status, JSON.parse(text)]).toEqual([
      401,
      {
        errors: [{ message: 'Valid credentials are needed', extensions: { code: 'UNAUTHENTICATED' } }],
        extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
      },
    ])
    expect(answered['www-authenticate']).toBe('Bearer')
  })

  it.each(['api_key', 'x-api-key', 'apiKey', 'key', 'token', 'access_token', 'authorization'])(
    'in the query of the URL is none: %s',
    async (name) => {
      const url = `${gateway.url}/graphql?query={__typename}&${name}=${encodeURIComponent(KEY)}`
      const answer = await fetch(url, { headers: { 'apollo-require-preflight': '1' } })
      expect(answer.status).toBe(401)
    },
  )

  it('is not needed to see that the gateway lives, and its page', async () => {
    for (const path of ['/healthz', '/readyz', '/', '/graphiql'])
      expect((await fetch(gateway.url + path)).status).not.toBe(401)
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
  })

  it('is looked at before the body is read', async () => {
    const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', body: 'x'.repeat(400_000) })
    expect(answer.status).toBe(401)
  })

  it('that is wrong is counted, and the log says why without it', async () => {
    const before = await gateway.metrics()
    nowMs += 2000
    await post(gateway.url, bearer('wrong-canary-key'))
    const after = await gateway.metrics()
    const count = (text: string) =>
      Number(/task_gateway_authentications_total\{outcome="unauthenticated"\} (\d+)/.exec(text)?.[1] ?? 0)
    expect(count(after) - count(before)).toBe(1)
    expect(gateway.lines.at(-1)).toContain('the key is in no entry of the file')
  })
})

describe('the file of keys', () => {
  it('is read again when it changes: a key is taken away and another one given without a restart', async () => {
    expect([await statusOf(bearer(KEY)), await statusOf(bearer('new-key'))]).toEqual([200, 401])
    await write([keyEntry('ci-2', 'new-key'), keyEntry('ci', KEY)])
    expect([await statusOf(bearer(KEY)), await statusOf(bearer('new-key'))]).toEqual([200, 200])
    await write([keyEntry('ci-2', 'new-key')])
    expect([await statusOf(bearer(KEY)), await statusOf(bearer('new-key'))]).toEqual([401, 200])
    expect(gateway.lines.filter((line) => line.includes('have been read again'))).not.toEqual([])
  })

  it.each([
    ['is no JSON', '[{'],
    ['is no list', '{}'],
    ['has two keys of one name', [keyEntry('ci', 'x'), keyEntry('ci', 'y')]],
    ['has a scope that there is not', [keyEntry('ci', 'x', { scopes: ['tasks:write'] })]],
    ['has a limit under a wrong name', [keyEntry('ci', 'x', { account: ['dev'] })]],
  ])('leaves the last good keys in use where it %s, and says so once', async (_, content) => {
    expect(await statusOf(bearer(KEY))).toBe(200)
    const told = () => gateway.lines.filter((line) => line.includes('the last good API keys stay')).length
    const before = told()
    await write(content)
    for (let at = 0; at < 3; at += 1) {
      nowMs += 2000
      expect([await statusOf(bearer(KEY)), await statusOf(bearer('x'))]).toEqual([200, 401])
    }
    expect(told()).toBe(before + 1)
  })

  it('leaves the last good keys in use where it is gone, and those of the next one when it is back', async () => {
    expect(await statusOf(bearer(KEY))).toBe(200)
    await rm(file.path)
    nowMs += 2000
    expect(await statusOf(bearer(KEY))).toBe(200)
    await write([keyEntry('ci', 'next-key')])
    expect([await statusOf(bearer(KEY)), await statusOf(bearer('next-key'))]).toEqual([401, 200])
  })

  it('shows no key in any log line or metric', async () => {
    const seen = [...gateway.lines, await gateway.metrics()].join('\n')
    expect(seen).not.toContain('canary')
    expect(seen).not.toContain(keyEntry('ci', KEY).sha256)
  })
})

it('a key is looked after once a second, and only while somebody watches one', async () => {
  const first = await readKeyFile(file.path)
  const time = new ManualTime(Date.now() + 2000)
  const ring = createKeyRing({
    path: file.path,
    first,
    now: time.now,
    later: time.later,
    report: () => undefined,
  })
  const [key, other] = first.keys
  if (key === undefined || other === undefined) throw new Error('there are no keys')
  let gone = 0
  const ends = [key, other].map((each) => ring.watch(each, () => (gone += 1)))
  expect(time.pending).toBe(1)
  await write([keyEntry('board', OTHER)])
  while (gone === 0) {
    time.runUntil(time.now() + 1000)
    await ring.keys()
  }
  ends[0]?.()
  expect([gone, time.pending]).toEqual([1, 1])
  ends[1]?.()
  expect([gone, time.pending]).toEqual([1, 0])
})
