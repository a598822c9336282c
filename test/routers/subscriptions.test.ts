import { at } from '../support/answer'
import { REGION, startCompanyGraph, type CompanyGraph } from './company-graph'
import type { RouterProcess } from './router-process'

let graph: CompanyGraph
beforeAll(async () => {
  graph = await startCompanyGraph()
})
afterAll(() => graph.close())

/** The events of a subscription, as server-sent ones. */
async function* subscribe(url: string, query: string, variables: object): AsyncGenerator {
  const { body } = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: 'Bearer of-the-caller',
    },
    body: JSON.stringify({ query, variables }),
  })
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (text + chunk).split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const [, data] = /^event: next\ndata: (.*)$/s.exec(event) ?? []
      if (data !== undefined) yield JSON.parse(data)
    }
  }
}

describe.each(['Hive Gateway', 'Hive Gateway, stitching'] as const)('a subscription through %s', (name) => {
  let router: RouterProcess | null = null
  beforeAll(async () => {
    router = await graph.route(name, '@theguild/federation-composition')
  })
  afterAll(() => router?.stop())

  it('tells what becomes of a task, with the ticket that another subgraph adds', async () => {
    const running = { TaskStatus: 'RUNNING', Progress: 10, EndTime: '' }
    const { world } = graph.gateway.emulator
    world.insert('cdb', REGION, { JobId: name.length * 1000, StartTime: '2023-11-02 00:00:00', ...running })
    const { body } = await graph.gateway.query('{ cdbTasks(first: 1) { nodes { id } } }')
    const id = at(body.data, 'cdbTasks', 'nodes', 0, 'id')
    const query =
      'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { __typename id status progress ticket } }'
    const seen: unknown[] = []
    for await (const event of subscribe(router?.url ?? '', query, { ids: [id] })) {
      expect(event).not.toHaveProperty('errors')
      seen.push(at(event, 'data', 'taskUpdated'))
      world.change('cdb', REGION, name.length * 1000, {
        TaskStatus: 'SUCCEED',
        Progress: 100,
        EndTime: '2023-11-02 00:01:00',
      })
    }
    const task = { __typename: 'CdbTask', id, ticket: `ticket of ${String(id)}` }
    expect(seen).toEqual([
      { ...task, status: 'RUNNING', progress: 10 },
      { ...task, status: 'SUCCEEDED', progress: 100 },
    ])
  })
})
