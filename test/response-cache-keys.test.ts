import { at, listAt, textAt } from './support/answer'
import { codesOf, dataOf, LIST, CachingGateway, upstreamOf } from './support/caching-gateway'

let gateway: CachingGateway
beforeEach(async () => (gateway = await CachingGateway.start()))
afterEach(() => gateway.close())

describe('a question', () => {
  const FIRST = 'query ($first: Int) { cdbTasks(first: $first) { nodes { taskId } } }'
  const body = (variables: string) => `{"query":${JSON.stringify(FIRST)},"variables":${variables}}`

  it.each([
    ['a number that is too large for one', body('{"first":null}'), body('{"first":1e999}')],
    ['another variable', body('{"first":3}'), body('{"first":"3"}')],
    [
      'another operation',
      `{"query":"query A ${LIST} query B { cdbTasks(first: 0) { totalCount } }","operationName":"A"}`,
      `{"query":"query A ${LIST} query B { cdbTasks(first: 0) { totalCount } }","operationName":"B"}`,
    ],
    ['a batch of it', JSON.stringify({ query: LIST }), JSON.stringify([{ query: LIST }])],
    ['a key that reaches for the prototype', body('{"first":3}'), body('{"first":3,"__proto__":{}}')],
  ])('is not taken for one with %s', async (_, right, wrong) => {
    await gateway.post(right)
    expect(upstreamOf(await gateway.post(right))).toMatchObject({ calls: 0 })
    const answer = await gateway.post(wrong)
    expect(codesOf(answer)).toEqual([expect.stringMatching(/^BAD_/)])
    expect(at(dataOf(answer), 'cdbTasks')).toBeFalsy()
  })

  it.each([
    ['1.0', '1'],
    ['1e0', '1'],
    ['1,"first":2', '2'],
  ])('is answered as JSON is read: %s as %s', async (spelling, plain) => {
    await gateway.post(body(`{"first":${plain}}`))
    const answer = dataOf(await gateway.post(body(`{"first":${spelling}}`)))
    expect(at(answer, 'cdbTasks', 'nodes')).toHaveLength(Number(plain))
  })

  it('is read before it is compared', async () => {
    const list = dataOf(
      await gateway.post({ query: '{ cdbTasks(first: 1) { nodes { instances { id } } } }' }),
    )
    const id = textAt(list, 'cdbTasks', 'nodes', 0, 'instances', 0, 'id')
    const query = 'query ($ids: [ID!]) { cdbTasks(filter: { instanceIds: $ids }) { nodes { id } } }'
    const tasksOf = async (spelling: string) => {
      const variables = `{"ids":["${spelling}"]}`
      const answer = await gateway.post(`{"query":${JSON.stringify(query)},"variables":${variables}}`)
      return listAt(dataOf(answer), 'cdbTasks', 'nodes').length
    }
    const plain = await tasksOf(id)
    expect(plain).toBeGreaterThan(0)
    expect(await tasksOf(id.replace('c', '\\u0063'))).toBe(plain)
    expect(await tasksOf(id.replace('c', '\\\\u0063'))).toBe(0)
    expect(await tasksOf(id.replace('c', '\\ud863'))).toBe(0)
  })

  it.each([2000, 100_000])('may have lists in lists %i deep in what nobody reads', async (levels) => {
    const deep = '['.repeat(levels) + ']'.repeat(levels)
    expect(codesOf(await gateway.post(`{"query":"${LIST}","extensions":{"deep":${deep}}}`))).toEqual([])
  })

  it('is answered in the type that is accepted, with its status', async () => {
    const types = ['application/json', 'application/graphql-response+json', 'text/html', '*/*']
    for (const accept of types) await gateway.post({ query: LIST }, { accept })
    const answers = await Promise.all(types.map((accept) => gateway.post({ query: LIST }, { accept })))
    expect(answers.map(({ status, contentType }) => [status, contentType])).toEqual([
      [200, 'application/json; charset=utf-8'],
      [200, 'application/graphql-response+json; charset=utf-8'],
      [406, 'application/json; charset=utf-8'],
      [200, 'application/json; charset=utf-8'],
    ])
    const wrong = { query: '{ cdbTasks(first: 0) { totalCount } }' }
    expect((await gateway.post(wrong, { accept: types[0] ?? '' })).status).toBe(200)
  })

  it('is refused each time where a page elsewhere could have sent it', async () => {
    await gateway.post({ query: LIST })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      expect((await gateway.post({ query: LIST }, { 'content-type': type })).status).toBeGreaterThanOrEqual(
        400,
      )
  })

  it.each([
    ['what tells of the schema', '{ __schema { queryType { name } } }'],
    ['what asks nobody', '{ taskSources { name } }'],
    ['a subscription', 'subscription { taskActivity { __typename } }'],
    ['a mutation', 'mutation { nothing }'],
  ])('is answered as ever where it is %s', async (_, query) => {
    const [first, second] = [await gateway.post({ query }), await gateway.post({ query })]
    expect([second.status, second.text]).toEqual([first.status, first.text])
  })

  it('is asked again each time where nothing is to be served again', async () => {
    await gateway.close()
    gateway = await CachingGateway.start({ env: { TASK_GATEWAY_CACHE_TTL_MS: '0' } })
    for (let round = 0; round < 2; round++)
      expect(upstreamOf(await gateway.post({ query: LIST }))).toMatchObject({ calls: 2 })
    expect(await gateway.metrics()).not.toContain('whole_answers')
  })
})
