import { createKeyFile, keyEntry, type KeyFile } from './support/auth'
import { startIssuer } from './support/issuer'
import { codesOf, dataOf, CachingGateway } from './support/caching-gateway'

const SCOPES = { scopes: ['tasks:read', 'tasks:detail'] }
const SECRET = 'canary-secret-of-the-router'

let gateway: CachingGateway
afterEach(() => gateway.close())

describe('callers', () => {
  let file: KeyFile
  beforeEach(async () => {
    file = await createKeyFile([
      keyEntry('all', 'all', SCOPES),
      keyEntry('reader', 'reader'),
      keyEntry('cdb', 'cdb', { ...SCOPES, providers: ['CDB'] }),
      keyEntry('elsewhere', 'elsewhere', { ...SCOPES, regions: ['ap-nowhere'] }),
      keyEntry('nothing', 'nothing', { scopes: [] }),
    ])
    const env = { ...file.env, TASK_GATEWAY_ROUTER_SECRET: SECRET, TASK_GATEWAY_CACHE_TTL_MS: '60000' }
    gateway = await CachingGateway.start({ env })
  })
  afterEach(() => file.remove())

  const query = `{ tasks(first: 3) { nodes { provider ... on PostgresTask { detailHidden } } sources { source { name } } } }`
  const seen = async (key: string) => {
    const answer = await gateway.post({ query }, { 'x-api-key': key })
    return [answer.status, JSON.stringify(dataOf(answer))] as const
  }

  it('are each given what they may see, whoever asked before', async () => {
    await seen('all')
    expect((await seen('all'))[1]).toContain('"detailHidden":false')
    expect((await seen('reader'))[1]).toContain('"detailHidden":true')
    expect((await seen('cdb'))[1]).not.toContain('POSTGRES')
    expect((await seen('elsewhere'))[1]).toBe('{"tasks":{"nodes":[],"sources":[]}}')
    expect(await Promise.all(['nothing', 'nobody'].map(seen))).toEqual([
      [403, undefined],
      [401, undefined],
    ])
  })

  it('are given what the key may see now, though it has its name from before', async () => {
    /** What is answered first when the file has been read again. */
    const nextSeen = async () => {
      const before = (await seen('all')).join(' ')
      for (let left = 15; left > 0 && (await seen('all')).join(' ') === before; left--) gateway.pass(1000)
      return seen('all')
    }
    expect((await seen('all'))[1]).toContain('"detailHidden":false')
    await file.write([keyEntry('all', 'all')])
    expect((await nextSeen())[1]).toContain('"detailHidden":true')
    await file.write([keyEntry('all', 'all', { providers: ['CDB'] })])
    expect((await nextSeen())[1]).not.toContain('POSTGRES')
    await file.write([])
    expect((await nextSeen())[0]).toBe(401)
  })

  it('are given what a router is given only where they are one', async () => {
    const instance = '{ __typename: "DatabaseInstance", id: "cdb-c1nl9rpv" }'
    const entities = `{ _entities(representations: [${instance}]) {
      ... on DatabaseInstance { tasks(first: 1) { nodes { id } } } } }`
    const router = { 'x-api-key': 'all', 'x-router-secret': SECRET }
    await gateway.post({ query: entities }, router)
    expect(codesOf(await gateway.post({ query: entities }, router))).toEqual([])
    expect(codesOf(await gateway.post({ query: entities }, { 'x-api-key': 'all' }))).toEqual(['FORBIDDEN'])
  })
})

it('gives each what the claims of the token allow, under one name', async () => {
  const issuer = await startIssuer(Date.now)
  await issuer.addKey('RS256', 'RS256')
  gateway = await CachingGateway.start({ env: issuer.env })
  try {
    const query = '{ tasks(first: 4) { sources { source { name } } } }'
    const ask = async (claims: object) => {
      const authorization = `Bearer ${await issuer.token({ claims: { ...claims } })}`
      return (await gateway.post({ query }, { authorization })).text
    }
    expect(await ask({})).toContain('postgres/')
    expect(await ask({ task_gateway: { providers: ['CDB'] } })).not.toContain('postgres/')
    expect(await ask({})).toContain('postgres/')
  } finally {
    await issuer.close()
  }
})
