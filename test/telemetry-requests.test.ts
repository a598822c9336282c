import { startGateway, type TestGateway } from './support/gateway'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

let gateway: TestGateway
beforeEach(async () => (gateway = await startGateway()))
afterEach(() => gateway.close())

/** The lines of the log that tell of answered requests. */
function answered(): readonly Readonly<Record<string, unknown>>[] {
  return gateway.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'answered')
}

describe('the log of a GraphQL request', () => {
  it('is one line, which says who asked what, what it cost, and by which ids the cloud knows it', async () => {
    const query = 'query Newest($n: Int) { tasks(first: $n) { nodes { id } sources { error { code } } } }'
    await gateway.query(query, { n: 3 }, { 'x-request-id': 'id-of_the.caller' })
    expect(answered()).toEqual([
      expect.objectContaining({
        level: 'info',
        requestId: 'id-of_the.caller',
        caller: 'anonymous',
        operation: 'query',
        operationName: 'Newest',
        outcome: 'ok',
        codes: [],
        calls: 2,
        cacheHits: 0,
        shared: 0,
        cost: expect.any(Number) as unknown,
        durationMs: expect.any(Number) as unknown,
      }),
    ])
    const ids = answered()[0]?.['upstreamRequestIds']
    const sent = gateway.emulator.log.calls.map(({ requestId }) => requestId)
    expect(new Set(ids as string[])).toEqual(new Set(sent))
  })

  it('tells the codes of what failed, and nothing of the document and its variables', async () => {
    const query =
      'query Find($ids: [ID!]) { tasks(first: 1000, filter: { instanceIds: $ids }) { totalCount } }'
    await gateway.query(query, { ids: ['cdb-canary00'] })
    await gateway.query('{ canary }')
    await gateway.query('{ tasks(first: "canary"')
    expect(answered()).toEqual([
      expect.objectContaining({
        outcome: 'error',
        codes: ['BAD_USER_INPUT'],
        operationName: 'Find',
        calls: 0,
      }),
      expect.objectContaining({
        outcome: 'error',
        codes: ['GRAPHQL_VALIDATION_FAILED'],
        operationName: null,
      }),
      expect.objectContaining({ outcome: 'error', codes: ['GRAPHQL_PARSE_FAILED'], operation: 'unknown' }),
    ])
    expect(gateway.lines.join('')).not.toContain('canary')
  })
})

describe('the id of a request', () => {
  it.each(['0af7651916cd43dd', 'a'.repeat(64), 'A.b-c_9'])('is the caller’s %s', async (id) => {
    expect(await answeredId(id)).toBe(id)
  })

  it.each(['a'.repeat(65), 'two words', '{"a":1}', 'a,b', ''])(
    'is a new one where the caller’s is %j',
    async (id) => {
      expect(await answeredId(id)).toMatch(UUID)
    },
  )

  it('is a new one for each request that brings none, and stands on answers that never reach GraphQL', async () => {
    const ids = await Promise.all(
      ['/graphql', '/nowhere', '/healthz'].map(async (path) =>
        (await fetch(`${gateway.url}${path}`, { method: 'GET' })).headers.get('x-request-id'),
      ),
    )
    for (const id of ids) expect(id).toMatch(UUID)
    expect(new Set(ids).size).toBe(ids.length)
  })

  async function answeredId(id: string): Promise<string | null> {
    const headers = { 'content-type': 'application/json', 'x-request-id': id }
    const body = JSON.stringify({ query: '{ __typename }' })
    const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })
    return answer.headers.get('x-request-id')
  }
})
