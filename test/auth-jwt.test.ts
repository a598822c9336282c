import { createHmac, randomUUID } from 'node:crypto'
import { exportSPKI, importJWK, type JWK } from 'jose'
import { post } from './support/auth'
import { AUDIENCE, ISSUER, startIssuer, type Issuer, type TokenOptions } from './support/issuer'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

/** The clock stands, so that a second more or less can be told. */
const NOW_SECOND = Math.floor(Date.now() / 1000)
const now = () => NOW_SECOND * 1000

let issuer: Issuer
let stranger: Issuer
let gateway: TestGateway
beforeAll(async () => {
  issuer = await startIssuer(now)
  stranger = await startIssuer(now)
  for (const alg of ['RS256', 'PS256', 'ES384', 'EdDSA']) await issuer.addKey(alg, alg)
  gateway = await startGateway({ emulator: { world: documentedWorld() }, env: issuer.env, now })
})
afterAll(async () => {
  await gateway.close()
  await issuer.close()
  await stranger.close()
})

const ask = (authorization: string | string[]) => post(gateway.url, { authorization })
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('a token', () => {
  const GOOD: readonly (readonly [string, TokenOptions])[] = [
    ['as the issuer makes it', {}],
    ['signed with RS256', { kid: 'RS256', header: { kid: 'RS256', alg: 'RS256' } }],
    ['signed with PS256', { kid: 'PS256', header: { kid: 'PS256', alg: 'PS256' } }],
    ['signed with ES384', { kid: 'ES384', header: { kid: 'ES384', alg: 'ES384' } }],
    ['signed with EdDSA', { kid: 'EdDSA', header: { kid: 'EdDSA', alg: 'EdDSA' } }],
    ['of the type JWT', { header: { typ: 'JWT' } }],
    ['of no type', { header: { typ: undefined } }],
    ['for several audiences', { claims: { aud: ['https://other.example', AUDIENCE] } }],
    ['that ended within the tolerance', { claims: { exp: NOW_SECOND - 4 } }],
    ['that begins within the tolerance', { claims: { nbf: NOW_SECOND + 5, iat: NOW_SECOND + 5 } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['with a limit that lets all pass', { claims: { task_gateway: {} } }],
  ]
  it.each(GOOD)('%s lets a request in', async (_, options) => {
    expect((await ask(`Bearer ${await issuer.token(options)}`)).status).toBe(200)
  })

  it.each([
    [{}, ['cdb/default/ap-guangzhou', 'postgres/default/ap-guangzhou']],
    [{ providers: ['CDB'] }, ['cdb/default/ap-guangzhou']],
    [
      { accounts: ['default'], regions: ['ap-guangzhou'], providers: ['POSTGRES'] },
      ['postgres/default/ap-guangzhou'],
    ],
    [{ accounts: ['nobody'] }, []],
    [{ regions: [] }, []],
  ])('with the limits %j sees the sources %j', async (limits, names) => {
    const token = await issuer.token({ claims: { task_gateway: limits } })
    const authorization = `Bearer ${token}`
    const { text } = await post(gateway.url, { authorization }, '{ taskSources { name } }')
    expect(JSON.parse(text)).toMatchObject({ data: { taskSources: names.map((name) => ({ name })) } })
  })

  it.each([
    ['tasks:read', true],
    ['tasks:detail email tasks:read', false],
  ])('of the scope %s has the details hidden: %s', async (scope, detailHidden) => {
    const authorization = `Bearer ${await issuer.token({ claims: { scope } })}`
    const { text } = await post(
      gateway.url,
      { authorization },
      '{ postgresTask(taskId: "23") { detailHidden } }',
    )
    expect(JSON.parse(text)).toMatchObject({ data: { postgresTask: { detailHidden } } })
  })

  it('is a bearer in any letters', async () => {
    expect((await ask(`bEaReR ${await issuer.token()}`)).status).toBe(200)
  })

  it.each([undefined, '', 'openid', 'tasks:detail', 'tasks:readonly', 'TASKS:READ', ['tasks:read'], 5])(
    'that has the scope %j is 403, as it may not read tasks',
    async (scope) => {
      const { status, text } = await ask(`Bearer ${await issuer.token({ claims: { scope } })}`)
      expect([status, JSON.parse(text)]).toMatchObject([
        403,
        { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
      ])
    },
  )
})

/** As who knows the public key would sign, were it taken for a secret. */
async function signedWithPublicKey(text: (jwk: JWK) => Promise<string> | string): Promise<string> {
  const head = encode({ alg: 'HS256', kid: 'RS256', typ: 'JWT' })
  const body = encode(claimsOf(await issuer.token()))
  const mac = createHmac('sha256', await text(issuer.jwk('RS256'))).update(`${head}.${body}`)
  return `${head}.${body}.${mac.digest('base64url')}`
}

async function tampered(change: (parts: [string, string, string]) => readonly string[]): Promise<string> {
  const [head = '', body = '', signature = ''] = (await issuer.token()).split('.')
  return change([head, body, signature]).join('.')
}

const pem = async (jwk: JWK) => {
  const key = await importJWK(jwk, 'RS256', { extractable: true })
  if (key instanceof Uint8Array) throw new Error('no public key')
  return exportSPKI(key)
}
const none = (alg: string) => tampered(([, body]) => [encode({ alg, kid: 'first' }), body, ''])
const claims = (changed: TokenOptions['claims']) => () => issuer.token({ claims: changed ?? {} })
const header = (changed: Record<string, unknown>) => () => issuer.token({ header: changed })
const foreign = (changed: () => Record<string, unknown>) => () => stranger.token({ header: changed() })

const ATTACKS: readonly (readonly [string, () => Promise<string> | string])[] = [
  ['that is none', () => 'abc'],
  ['of two dots', () => '..'],
  ['with alg none', () => none('none')],
  ['with alg None', () => none('None')],
  ['with alg nOnE and a signature', () => tampered(([, body, mac]) => [encode({ alg: 'nOnE' }), body, mac])],
  ['with an empty signature', () => tampered(([head, body]) => [head, body, ''])],
  ['without a signature', () => tampered(([head, body]) => [head, body])],
  ['with a signature cut short', () => tampered(([head, body, mac]) => [head, body, mac.slice(0, -4)])],
  ['with four parts', () => tampered((parts) => [...parts, 'x'])],
  ['with HS256, by the public key as JSON', () => signedWithPublicKey((jwk) => JSON.stringify(jwk))],
  ['with HS256, by the public key as PEM', () => signedWithPublicKey(pem)],
  ['with HS256, by the modulus', () => signedWithPublicKey(({ n = '' }) => n)],
  [
    'whose scope was changed',
    () =>
      tampered(([head, body, mac]) => [
        head,
        encode({ ...claimsOf(`.${body}.`), scope: 'tasks:read tasks:detail' }),
        mac,
      ]),
  ],
  ['of somebody else', foreign(() => ({}))],
  ['of somebody else, with their key in it', foreign(() => ({ jwk: stranger.jwk('first') }))],
  [
    'of somebody else, with the address of their keys',
    foreign(() => ({ jku: stranger.env['TASK_GATEWAY_JWKS_URL'] })),
  ],
  [
    'of somebody else, with the address of a certificate',
    foreign(() => ({ x5u: stranger.env['TASK_GATEWAY_JWKS_URL'] })),
  ],
  ['of somebody else, with a certificate', foreign(() => ({ x5c: ['MIIB'] }))],
  ['with another algorithm than its key', header({ kid: 'ES384' })],
  ['with an unknown kid', () => issuer.token({ header: { kid: randomUUID() } })],
  ['without a kid', header({ kid: undefined })],
  ['with an empty kid', header({ kid: '' })],
  ['whose kid is a path', header({ kid: '../../../../dev/null' })],
  ['whose kid is a query', header({ kid: "x' UNION SELECT 'key" })],
  ['whose kid is of every object', header({ kid: '__proto__' })],
  [
    'with an extension that must be understood',
    async () =>
      tampered(([, body, mac]) => [encode({ alg: 'ES256', kid: 'first', crit: ['x'], x: 1 }), body, mac]),
  ],
  ['for another audience', claims({ aud: 'https://other.example' })],
  ['for several others', claims({ aud: ['a', 'b'] })],
  ['for nobody', claims({ aud: undefined })],
  ['for an audience that begins as ours', claims({ aud: `${AUDIENCE}.evil` })],
  ['of another issuer', claims({ iss: 'https://evil.example' })],
  ['of an issuer with a slash behind', claims({ iss: `${ISSUER}/` })],
  ['of no issuer', claims({ iss: undefined })],
  ['that has ended', claims({ exp: NOW_SECOND - 5 })],
  ['that never ends', claims({ exp: undefined })],
  ['whose end is no number', claims({ exp: '9999999999' })],
  ['that has not begun', claims({ nbf: NOW_SECOND + 6 })],
  ['that was made in the future', claims({ iat: NOW_SECOND + 6 })],
  ['whose making is no number', claims({ iat: 'now' })],
  ['whose subject is no text', claims({ sub: 5 })],
  ['whose limits are a text', claims({ task_gateway: 'dev' })],
  ['whose limits are null', claims({ task_gateway: null })],
  ['whose limits are a list', claims({ task_gateway: [] })],
  ['with a limit of another name', claims({ task_gateway: { account: ['dev'] } })],
  ['with a limit that is a text', claims({ task_gateway: { accounts: 'dev' } })],
  ['with a limit that is null', claims({ task_gateway: { regions: null } })],
  ['with a product that there is not', claims({ task_gateway: { providers: ['cdb'] } })],
  ['of 9 KiB', () => issuer.token({ claims: { filler: 'x'.repeat(7000) } })],
]

describe('an attack by a token', () => {
  it.each(ATTACKS)('%s is 401, with the one text for all', async (_, make) => {
    const { status, text } = await ask(`Bearer ${await make()}`)
    expect([status, JSON.parse(text)]).toEqual([
      401,
      {
        errors: [{ message: 'Valid credentials are needed', extensions: { code: 'UNAUTHENTICATED' } }],
        extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
      },
    ])
  })

  it.each([
    ['no scheme', (token: string) => token],
    ['the scheme Basic', (token: string) => `Basic ${token}`],
    ['a blank inside', (token: string) => `Bearer ${token.slice(0, 9)} ${token.slice(9)}`],
    ['two tokens', (token: string) => `Bearer ${token} ${token}`],
    ['two tokens and a comma', (token: string) => `Bearer ${token}, Bearer ${token}`],
    ['a letter that is not ASCII', (token: string) => `Bearer ${token}é`],
    ['two headers', (token: string) => [`Bearer ${token}`, `Bearer ${token}`]],
  ])('with %s is 401', async (_, wrap) => {
    expect((await ask(wrap(await issuer.token()))).status).toBe(401)
  })

  it('in x-api-key, in a cookie or in the URL is none', async () => {
    const token = await issuer.token()
    for (const headers of [{ 'x-api-key': token }, { cookie: `authorization=Bearer ${token}` }])
      expect((await post(gateway.url, headers)).status).toBe(401)
    const url = `${gateway.url}/graphql?query={__typename}&access_token=${token}`
    expect((await fetch(url, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(401)
  })

  it('makes the gateway fetch nothing from an address in it', () => {
    expect(stranger.fetches).toBe(0)
  })

  it('leaves no part of a token in any log line or metric', async () => {
    const parts = (await issuer.token()).split('.')
    const seen = [...gateway.lines, await gateway.metrics()].join('\n')
    expect(seen).toContain('the token does not hold')
    for (const part of parts) expect(seen).not.toContain(part.slice(0, 20))
    expect(seen).not.toMatch(/eyJ/)
  })
})
