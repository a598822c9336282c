import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterAll(() => gateway.close())

const NOTHING = { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 }

async function send(url: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${gateway.url}/graphql${url}`, init)
  return { status: answer.status, body: await answer.json() }
}
const post = (body: unknown, headers = {}) =>
  send('', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const get = (search: string) =>
  send(`?query=%7B__typename%7D&${search}`, { headers: { 'apollo-require-preflight': '1' } })

describe('a parameter that is empty is as good as not given', () => {
  const answered = { status: 200, body: { data: { __typename: 'Query' } } }

  it.each(['{ __typename }', 'query A { __typename }'])(
    'as the name of an operation, in a POST: %s',
    async (query) => {
      expect(await post({ query, operationName: '' })).toMatchObject(answered)
    },
  )

  it('though an empty name does not choose one of several', async () => {
    const query = 'query A { __typename } query B { __typename }'
    expect(await post({ query, operationName: '' })).toMatchObject({ status: 400 })
  })

  it.each([
    'variables=',
    'operationName=',
    'extensions=',
    'operationName=&variables=&extensions=',
    'variables',
  ])('in a GET: %s', async (search) => {
    expect(await get(search)).toMatchObject(answered)
  })
})

describe('what is refused before it is an operation says that it has cost nothing', () => {
  const refused = { extensions: { upstream: NOTHING } }
  const query = '{ __typename }'

  it.each([
    [406, 'an answer that cannot be given', () => post({ query }, { accept: 'text/html' })],
    [400, 'variables that are a text', () => post({ query, variables: 'x' })],
    [400, 'variables that are a list', () => post({ query, variables: [1] })],
    [400, 'variables that are no JSON', () => get('variables=%7B')],
    [400, 'variables that are a number', () => get('variables=5')],
    [400, 'several requests in one', () => post([{ query }])],
    [400, 'an empty body', () => post({})],
  ])('%i for %s', async (status, _what, ask) => {
    expect(await ask()).toMatchObject({ status, body: refused })
  })
})
