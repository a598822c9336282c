import { at, listAt, textAt } from '../support/answer'
import { ask } from '../support/gateway'
import { INSTANCES, ROUTER_SECRET, startCompanyGraph, type CompanyGraph } from './company-graph'
import type { RouterProcess } from './router-process'

let graph: CompanyGraph
beforeAll(async () => {
  graph = await startCompanyGraph()
})
afterAll(() => graph.close())

describe.each([
  ['Apollo Gateway', '@apollo/composition'],
  ['Hive Gateway', '@theguild/federation-composition'],
  ['Hive Gateway, stitching', '@theguild/federation-composition'],
] as const)('the company graph through %s', (name, composer) => {
  /** Stitching keeps an error only where its place in the data cannot be null. */
  const keepsErrors = name !== 'Hive Gateway, stitching'

  let router: RouterProcess | null = null
  beforeAll(async () => {
    router = await graph.route(name, composer)
  })
  afterAll(() => router?.stop())
  beforeEach(() => {
    graph.gateway.emulator.faults.clear()
    graph.gateway.emulator.log.clear()
    graph.recorder.clear()
  })

  async function query(text: string, variables = {}, headers = {}) {
    const { body } = await ask(router?.url ?? '', text, variables, headers)
    return body
  }

  it('gives a page of tasks with owner and ticket for few requests, and one call a source', async () => {
    const body = await query(`{
      tasks(first: 20) { nodes {
        __typename id status ticket instances { id owner environment }
        ... on CdbTask { code } ... on PostgresTask { currentStep }
      } }
    }`)
    expect(body).not.toHaveProperty('errors')
    const nodes = listAt(body.data, 'tasks', 'nodes')
    expect(nodes).toHaveLength(20)
    for (const node of nodes) {
      const isCdb = at(node, '__typename') === 'CdbTask'
      const instance = isCdb ? INSTANCES.cdb : INSTANCES.postgres
      expect(node).toEqual({
        __typename: isCdb ? 'CdbTask' : 'PostgresTask',
        id: textAt(node, 'id'),
        status: 'SUCCEEDED',
        ticket: `ticket of ${textAt(node, 'id')}`,
        instances: [{ id: instance, owner: `owner of ${instance}`, environment: 'production' }],
        ...(isCdb ? { code: 0 } : { currentStep: null }),
      })
    }
    expect(graph.recorder.requests.length).toBeLessThanOrEqual(3)
    expect(graph.gateway.emulator.log.count({ service: 'cdb' })).toBe(1)
    expect(graph.gateway.emulator.log.count({ service: 'postgres' })).toBe(1)
  })

  it('leads from the instances to their tasks and tickets; one of another product has none', async () => {
    const body = await query('{ instances { id owner tasks(first: 2) { nodes { provider ticket } } } }')
    expect(body).not.toHaveProperty('errors')
    const tasksOf = (provider: string) => ({
      nodes: [1, 2].map(() => ({ provider, ticket: expect.stringMatching(/^ticket of /) as unknown })),
    })
    expect(listAt(body.data, 'instances')).toEqual([
      { id: INSTANCES.cdb, owner: `owner of ${INSTANCES.cdb}`, tasks: tasksOf('CDB') },
      { id: INSTANCES.postgres, owner: `owner of ${INSTANCES.postgres}`, tasks: tasksOf('POSTGRES') },
      { id: INSTANCES.other, owner: `owner of ${INSTANCES.other}`, tasks: null },
    ])
  })

  it('tells the kind of a task that another subgraph knows by its id only', async () => {
    const { body } = await graph.gateway.query(
      '{ cdbTasks(first: 1) { nodes { id } } postgresTasks(first: 1) { nodes { id } } }',
    )
    const ids = ['cdbTasks', 'postgresTasks'].map((field) => textAt(body.data, field, 'nodes', 0, 'id'))
    const found = await query(
      `query ($ids: [ID!]!) { ticketed(ids: $ids) {
        __typename id ticket ... on CdbTask { code } ... on PostgresTask { currentStep }
      } }`,
      { ids },
    )
    expect(found).not.toHaveProperty('errors')
    expect(at(found.data, 'ticketed')).toEqual([
      { __typename: 'CdbTask', id: ids[0], ticket: `ticket of ${ids[0] ?? ''}`, code: 0 },
      { __typename: 'PostgresTask', id: ids[1], ticket: `ticket of ${ids[1] ?? ''}`, currentStep: null },
    ])
  })

  it('leaves the other tasks alone where one id is none, and says so', async () => {
    const { body } = await graph.gateway.query('{ cdbTasks(first: 1) { nodes { id } } }')
    const id = textAt(body.data, 'cdbTasks', 'nodes', 0, 'id')
    const found = await query('query ($ids: [ID!]!) { ticketed(ids: $ids) { id status } }', {
      ids: ['forged', id],
    })
    expect(at(found.data, 'ticketed')).toEqual([null, { id, status: 'SUCCEEDED' }])
    const told = [
      expect.objectContaining({
        message: expect.stringContaining('"forged"') as unknown,
        extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) as unknown,
      }),
    ]
    expect(found.errors).toEqual(keepsErrors ? told : undefined)
  })

  it('pages through every task once', async () => {
    const ids: string[] = []
    for (let after: string | null = null; ;) {
      const body = await query(
        `query ($after: String) {
          tasks(first: 25, after: $after) { nodes { id ticket } pageInfo { endCursor hasNextPage } }
        }`,
        { after },
      )
      expect(body).not.toHaveProperty('errors')
      ids.push(...listAt(body.data, 'tasks', 'nodes').map((node) => textAt(node, 'id')))
      if (at(body.data, 'tasks', 'pageInfo', 'hasNextPage') !== true) break
      after = textAt(body.data, 'tasks', 'pageInfo', 'endCursor')
    }
    expect(ids).toHaveLength(60)
    expect(new Set(ids).size).toBe(60)
  })

  it('tells a source that is down beside the tasks of the other, or in sources when asked', async () => {
    graph.gateway.emulator.faults.add({ service: 'postgres', fault: { kind: 'status', status: 503 } })
    const unasked = await query('{ tasks(first: 3) { nodes { provider ticket } } }')
    expect(listAt(unasked.data, 'tasks', 'nodes').map((node) => at(node, 'provider'))).toEqual(
      Array(3).fill('CDB'),
    )
    const told = [
      expect.objectContaining({
        path: ['tasks'],
        extensions: expect.objectContaining({
          code: 'UPSTREAM_UNAVAILABLE',
          provider: 'POSTGRES',
        }) as unknown,
      }),
    ]
    expect(unasked.errors).toEqual(keepsErrors ? told : undefined)
    const asked = await query('{ tasks(first: 3) { nodes { ticket } sources { error { code } } } }')
    expect(asked).not.toHaveProperty('errors')
    expect(at(asked.data, 'tasks', 'sources')).toEqual([
      { error: null },
      { error: { code: 'UPSTREAM_UNAVAILABLE' } },
    ])
  })

  it('sends on who asks, and that it is the router', async () => {
    const caller = {
      authorization: 'Bearer of-the-caller',
      'x-api-key': 'key-of-the-caller',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    }
    await query('{ taskSources { name } }', {}, caller)
    expect(graph.recorder.requests).toEqual([
      expect.objectContaining({ ...caller, 'x-router-secret': ROUTER_SECRET }) as unknown,
    ])
  })
})
