import { print } from 'graphql'
import { buildSubgraph } from '../src/federation/subgraph'
import { startGateway, type TestGateway } from './support/gateway'

const LIST = '{ tasks(first: 1) { nodes { id } } }'

async function cacheControlOf(gateway: TestGateway, query: string, method = 'GET'): Promise<string | null> {
  const headers = { 'content-type': 'application/json', 'apollo-require-preflight': '1' }
  const answer =
    method === 'GET'
      ? await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers })
      : await fetch(`${gateway.url}/graphql`, { method, headers, body: JSON.stringify({ query }) })
  return answer.headers.get('cache-control')
}

describe('Cache-Control', () => {
  let nowMs = Date.now()
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startGateway({
      env: { TASK_GATEWAY_CACHE_TTL_MS: '10000' },
      emulator: { now: () => nowMs },
      now: () => nowMs,
    })
  })
  afterAll(() => gateway.close())

  it('of a GET answer is what the hints say, until the answer is nearly as old as it may get', async () => {
    expect(await cacheControlOf(gateway, LIST)).toBe('private, max-age=1')
    nowMs += 9500
    expect(await cacheControlOf(gateway, LIST)).toBe('private, max-age=1')
    nowMs += 1
    expect(await cacheControlOf(gateway, LIST)).toBe('no-store')
  })

  it('of a GET answer that was just asked for is the hint where a second is all that it may reach', async () => {
    const now = () => nowMs
    const env = { TASK_GATEWAY_CACHE_TTL_MS: '1000' }
    const usual = await startGateway({ env, emulator: { now }, now })
    try {
      expect(await cacheControlOf(usual, LIST)).toBe('private, max-age=1')
    } finally {
      await usual.close()
    }
  })

  it.each(['tasks', 'cdbTasks', 'postgresTasks', 'cdbTasksByRequest', 'postgresTask'])(
    'has its hint at %s',
    (field) => {
      const { schema } = buildSubgraph()
      const directives = schema.getQueryType()?.getFields()[field]?.astNode?.directives ?? []
      expect(directives.map(print)).toEqual(['@cacheControl(maxAge: 1)'])
    },
  )

  it.each([
    ['a POST', LIST, 'POST'],
    ['an answer with an error', '{ tasks(first: 0) { nodes { id } } }', 'GET'],
    ['a refused document', '{ nothing }', 'GET'],
    ['what no upstream was asked for', '{ taskSources { name } }', 'GET'],
  ])('keeps %s out of stores', async (_what, query, method) => {
    expect(await cacheControlOf(gateway, query, method)).toBe('no-store')
  })
})
