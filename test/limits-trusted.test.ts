import { startEmulator } from '../src/emulator/start'
import { KEYS, problems } from './support/config'
import { createFolder } from './support/folder'
import { startGateway, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { documentedWorld } from './support/worlds'

const FILES = {
  'names.graphql':
    '# What there is.\nquery Names { taskSources { name } }\n\nquery States { taskSources { state } }\n',
  'deep/watch.graphql': 'subscription Watch($ids: [ID!]) { taskUpdated(ids: $ids) { id status } }',
  'notes.txt': 'no document',
}

const env = (folder: string) => ({ TASK_GATEWAY_TRUSTED_DOCUMENTS: folder })
const start = (files: Record<string, string>) =>
  startGateway({ emulator: { world: documentedWorld() }, env: env(createFolder(files)) })

describe('with trusted documents', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await start(FILES)
  })
  afterAll(() => gateway.close())

  async function ask(body: object): Promise<{ status: number; json: unknown }> {
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, json: await answer.json() }
  }

  it('each of their operations runs, however it is laid out', async () => {
    const query = FILES['names.graphql']
    const compact = query.replace(/#.*\n/, '').replace(/\s+/g, ' ').replace('taskSources', ',, taskSources')
    for (const text of [query, compact])
      for (const operationName of ['Names', 'States'])
        expect(await ask({ query: text, operationName })).toMatchObject({ status: 200, json: { data: {} } })
  })

  it.each([
    ['another', '{ tasks { totalCount } }'],
    ['a part of one', 'query Names { taskSources { name } }'],
    ['one with a field more', FILES['names.graphql'].replace('name }', 'name state }')],
    ['one that is invalid, of which nothing is told', '{ nope { nada } }'],
    ['introspection', '{ __schema { types { name } } }'],
    ['one of the federation', '{ _service { sdl } }'],
  ])('%s is refused', async (_, query) => {
    expect(await ask({ query })).toEqual({
      status: 403,
      json: {
        errors: [
          {
            message: 'This gateway runs only the documents that it was given, and this is none',
            extensions: { code: 'DOCUMENT_NOT_TRUSTED' },
          },
        ],
        extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
      },
    })
  })

  const refusals = async () =>
    Number(
      /_refusals_total\{code="DOCUMENT_NOT_TRUSTED",limit="trusted_documents"\} (\d+)/.exec(
        await gateway.metrics(),
      )?.[1] ?? 0,
    )

  it('a GET and whoever asks for JSON by name are refused alike', async () => {
    const before = await refusals()
    const answer = await fetch(`${gateway.url}/graphql?query={taskSources{name}}`, {
      headers: { 'apollo-require-preflight': '1', accept: 'application/json' },
    })
    expect(answer.status).toBe(403)
    expect(await refusals()).toBe(before + 1)
  })

  it('a WebSocket runs them and no others, which are counted too', async () => {
    const before = await refusals()
    const socket = await RawSocket.enter(gateway.url)
    socket.subscribe('1', 'query { taskSources { name } }')
    expect(await socket.next()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }],
    })
    expect(await refusals()).toBe(before + 1)
    socket.send({
      id: '2',
      type: 'subscribe',
      payload: { query: FILES['names.graphql'], operationName: 'Names' },
    })
    expect(await socket.next()).toMatchObject({ id: '2', type: 'next' })
    await socket.close()
  })
})

describe('a folder of trusted documents', () => {
  it('that does not exist, or has none, is a problem', async () => {
    const folder = createFolder({ 'a.txt': '' })
    expect(await problems({ ...KEYS, ...env(folder) })).toEqual([
      expect.stringMatching(/^TASK_GATEWAY_TRUSTED_DOCUMENTS is ".*": it has no file that ends in .graphql$/),
    ])
    expect(await problems({ ...KEYS, ...env(`${folder}/nope`) })).toEqual([
      expect.stringMatching(/it must be a folder that can be read$/),
    ])
  })

  it('with files that cannot be read is told of each by name and reason', async () => {
    const folder = createFolder({
      'a.graphql': 'query A {',
      'b.graphql': 'fragment F on Task { id }',
      'c.graphql': '{ taskSources { name } }',
    })
    expect(await problems({ ...KEYS, ...env(folder) })).toEqual([
      'TASK_GATEWAY_TRUSTED_DOCUMENTS: a.graphql: Syntax Error: Expected Name, found <EOF>.',
      'TASK_GATEWAY_TRUSTED_DOCUMENTS: b.graphql: it has no operation',
    ])
  })

  it('with files that the schema does not allow is told of each at the start', async () => {
    const folder = createFolder({ 'a.graphql': '{ nope }', 'b.graphql': '{ taskSources { name } }' })
    const inFrontOf = await startEmulator()
    await expect(startGateway({ inFrontOf, env: env(folder) })).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [
        expect.stringMatching(
          /^TASK_GATEWAY_TRUSTED_DOCUMENTS: a.graphql: Cannot query field "nope" on type "Query"/,
        ),
      ],
    })
    await inFrontOf.close()
  })
})
