import { apiError, FAILURES } from './fixtures/upstream-failures'
import { at, listAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

/** Short, so that what hangs is given up soon. */
const DEADLINE_MS = 600
const ATTEMPT_MS = 250

let gateway: TestGateway
// One for each test: a source that has failed often is left alone for a while.
beforeEach(async () => {
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: {
      TASK_GATEWAY_DEADLINE_MS: String(DEADLINE_MS),
      TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: String(ATTEMPT_MS),
    },
  })
})
afterEach(() => gateway.close())

const TOLD = `{ tasks { nodes { provider } totalCount pageInfo { hasNextPage }
  sources { source { name state } totalCount error { code message upstreamCode requestId retryable } } } }`
const NOT_TOLD = '{ tasks { nodes { provider } } taskSources { name } }'

describe.each(FAILURES)('a source that %s', (_, fault, code, retryable) => {
  beforeEach(() => gateway.emulator.faults.add({ fault, service: 'cdb' }))

  it('leaves the tasks of the other, and is told beside them', async () => {
    const sinceMs = performance.now()
    const { status, body } = await gateway.query(TOLD)
    expect(performance.now() - sinceMs).toBeLessThan(DEADLINE_MS + 1000)
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('errors')
    expect(body.data).toMatchObject({
      tasks: {
        nodes: Array.from({ length: 9 }, () => ({ provider: 'POSTGRES' })),
        totalCount: null,
        pageInfo: { hasNextPage: true },
        sources: [
          {
            source: { name: 'cdb/default/ap-guangzhou' },
            totalCount: null,
            error: {
              code,
              retryable,
              message: expect.stringMatching(/./) as unknown,
              upstreamCode: fault.kind === 'apiError' ? fault.code : null,
            },
          },
          {
            source: { name: 'postgres/default/ap-guangzhou', state: 'AVAILABLE' },
            totalCount: 9,
            error: null,
          },
        ],
      },
    })
  })

  it('is told once in errors[] where the query has not asked for it', async () => {
    const { body } = await gateway.query(NOT_TOLD)
    expect(body.data).toMatchObject({ tasks: { nodes: { length: 9 } }, taskSources: { length: 2 } })
    expect(body.errors).toHaveLength(1)
    expect(body.errors?.[0]).toMatchObject({
      path: ['tasks'],
      message: expect.stringMatching(/^cdb\/default\/ap-guangzhou: /) as unknown,
      extensions: { code, provider: 'CDB', account: 'default', region: 'ap-guangzhou', retryable },
    })
    if (fault.kind === 'apiError') {
      expect(body.errors?.[0]?.extensions).toMatchObject({
        upstreamCode: fault.code,
        requestId: gateway.emulator.log.find({ service: 'cdb' }).at(-1)?.requestId,
      })
    }
    expect(JSON.stringify(body)).not.toMatch(/stacktrace|node_modules|\.[jt]s:\d|127\.0\.0\.1/)
  })
})

describe('what the upstream says of its own inside', () => {
  it.each([
    'AuthFailure.SignatureFailure',
    'UnauthorizedOperation',
    'OperationDenied.UserHasNoStrategy',
    'InternalError',
  ])('goes to the log and not to the caller: %s', async (code) => {
    const secretive = { kind: 'apiError', code, message: 'the policy of uin 10001 forbids it' } as const
    gateway.emulator.faults.add({ fault: secretive, service: 'cdb' })
    const answers = [await gateway.query(TOLD), await gateway.query(NOT_TOLD)]
    expect(JSON.stringify(answers)).not.toContain('10001')
  })
})

describe('a query has been told of a failure when it selects sources { error }', () => {
  beforeEach(() => gateway.emulator.faults.add({ fault: { kind: 'badJson' }, service: 'cdb' }))

  it.each([
    ['with aliases', '{ t: tasks { s: sources { e: error { c: code } } } }'],
    [
      'in a fragment',
      '{ tasks { ...C } } fragment C on TaskConnection { sources { ...S } } fragment S on TaskSourceResult { error { code } }',
    ],
    [
      'in an inline fragment',
      '{ tasks { ... on TaskConnection { ... { sources { ... on TaskSourceResult { error { code } } } } } } }',
    ],
    [
      'in one of two selections of the field',
      '{ tasks { totalCount } tasks { sources { error { code } } } }',
    ],
    ['in two halves', '{ tasks { sources { source { name } } sources { error { code } } } }'],
    [
      'included',
      'query ($y: Boolean = true) { tasks { sources @include(if: $y) { error @skip(if: false) { code } } } }',
    ],
    ['by its type alone', '{ tasks { sources { error { __typename } } } }'],
  ])('%s', async (_, query) => {
    const { body } = await gateway.query(query)
    expect(body).not.toHaveProperty('errors')
    expect(JSON.stringify(body.data)).toMatch(/UPSTREAM_INVALID_RESPONSE|UpstreamError/)
  })

  it.each([
    [
      'skips it',
      'query ($y: Boolean = true) { tasks { totalCount sources { source { name } error @skip(if: $y) { code } } } }',
    ],
    ['does not include it', '{ tasks { totalCount sources @include(if: false) { error { code } } } }'],
    [
      'skips its fragment',
      '{ tasks { totalCount ...C @skip(if: true) } } fragment C on TaskConnection { sources { error { code } } }',
    ],
    [
      'selects it of another field',
      '{ tasks { totalCount } p: tasks(filter: { providers: [POSTGRES] }) { sources { error { code } } } }',
    ],
    ['selects the last error of a source', '{ tasks { sources { source { lastError { code } } } } }'],
  ])('and has not when it %s', async (_, query) => {
    const { body } = await gateway.query(query)
    expect(body.errors).toHaveLength(1)
    expect(body.errors?.[0]).toMatchObject({
      path: ['tasks'],
      extensions: { code: 'UPSTREAM_INVALID_RESPONSE' },
    })
  })
})

describe('a field all of whose sources fail', () => {
  it('is null with one error for each, and its siblings live', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'badJson' } })
    const { body } = await gateway.query(
      '{ all: tasks { totalCount sources { error { code } } } one: cdbTasks { totalCount } taskSources { name } __typename }',
    )
    expect(body.data).toEqual({
      all: null,
      one: null,
      taskSources: [{ name: 'cdb/default/ap-guangzhou' }, { name: 'postgres/default/ap-guangzhou' }],
      __typename: 'Query',
    })
    const told = (body.errors ?? []).map(({ path, extensions }) => [
      path,
      extensions['code'],
      extensions['provider'],
    ])
    expect(told.sort()).toEqual([
      [['all'], 'UPSTREAM_INVALID_RESPONSE', 'CDB'],
      [['all'], 'UPSTREAM_INVALID_RESPONSE', 'POSTGRES'],
      [['one'], 'UPSTREAM_INVALID_RESPONSE', 'CDB'],
    ])
  })

  it.each(['instanceIds: ["cdb-6kd9h71i"]', 'statuses: [CANCELLED]', 'types: [RUN_SQL]'])(
    'is null too where the filter rules the others out: %s',
    async (filter) => {
      gateway.emulator.faults.add({ fault: { kind: 'badJson' }, service: 'cdb' })
      const { body } = await gateway.query(
        `{ tasks(filter: { ${filter} }) { nodes { id } sources { error { code } } } }`,
      )
      expect(gateway.emulator.log.count({ service: 'postgres' })).toBe(0)
      expect(body.data).toEqual({ tasks: null })
      expect(body.errors).toHaveLength(1)
    },
  )

  it('is null within a task, and the task lives', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'badJson' }, service: 'postgres', after: 1 })
    const { body } = await gateway.query(
      '{ postgresTasks(first: 1) { nodes { taskId instances { id tasks { totalCount } } } sources { error { code } } } }',
    )
    expect(body.data).toMatchObject({
      postgresTasks: { nodes: [{ taskId: '23', instances: [{ id: 'postgres-bs9lnokj', tasks: null }] }] },
    })
    expect(body.errors).toEqual([
      expect.objectContaining({ path: ['postgresTasks', 'nodes', 0, 'instances', 0, 'tasks'] }),
    ])
  })
})

describe('a look-up whose source fails', () => {
  it.each([
    ['cdbTasksByRequest(asyncRequestId: "9d21004b-3aa1896a-eeddca4b-a68f106d") { id }', 'CDB'],
    ['postgresTask(taskId: "23") { id }', 'POSTGRES'],
  ])('is null with the error: %s', async (field, provider) => {
    gateway.emulator.faults.add({ fault: apiError('InternalError') })
    const { body } = await gateway.query(`{ found: ${field} taskSources { name } }`)
    expect(body.data).toMatchObject({ found: null, taskSources: { length: 2 } })
    expect(body.errors).toEqual([
      expect.objectContaining({
        path: ['found'],
        extensions: expect.objectContaining({
          code: 'UPSTREAM_UNAVAILABLE',
          provider,
          upstreamCode: 'InternalError',
          retryable: true,
        }) as unknown,
      }),
    ])
  })

  it('by id is null with the error, and the ids of the other source are found', async () => {
    const { body: before } = await gateway.query('{ tasks { nodes { id provider } } }')
    const nodes = listAt(before.data, 'tasks', 'nodes')
    gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb' })
    const ids = nodes.map((node) => at(node, 'id'))
    const { body } = await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    expect(listAt(body.data, 'nodes')).toEqual(
      nodes.map((node) => (at(node, 'provider') === 'CDB' ? null : { id: at(node, 'id') })),
    )
    expect(
      body.errors?.map(({ path, extensions }) => [path, extensions['code'], extensions['region']]),
    ).toEqual([9, 10, 11, 12, 13].map((index) => [['nodes', index], 'UPSTREAM_TIMEOUT', 'ap-guangzhou']))
  })
})

describe('a source that came back', () => {
  // Nothing hangs here, so that no attempt needs to be short, and a slow machine ends none.
  beforeEach(async () => {
    await gateway.close()
    gateway = await startGateway({ emulator: { world: documentedWorld() } })
  })

  it('is tried again within the request, and nothing is told', async () => {
    for (const fault of [{ kind: 'reset' }, { kind: 'status', status: 504 }] as const) {
      gateway.emulator.faults.add({ fault, times: 1, service: 'cdb' })
      const { body } = await gateway.query('{ cdbTasks { totalCount } }')
      expect(body.data).toEqual({ cdbTasks: { totalCount: 5 } })
      expect(body.extensions?.upstream.calls).toBe(2)
    }
  })

  it('brings the tasks that it missed on the next page, late and once', async () => {
    const query = `query ($after: String) {
      tasks(first: 9, after: $after) { nodes { provider taskId } pageInfo { endCursor hasNextPage } sources { error { code } } }
    }`
    gateway.emulator.faults.add({ fault: { kind: 'badJson' }, service: 'cdb', times: 1 })
    const { body: first } = await gateway.query(query)
    const after = at(first.data, 'tasks', 'pageInfo', 'endCursor')
    const { body: second } = await gateway.query(query, { after })
    expect(at(first.data, 'tasks', 'pageInfo', 'hasNextPage')).toBe(true)
    expect(listAt(second.data, 'tasks', 'nodes').map((node) => at(node, 'taskId'))).toEqual([
      '79',
      '70',
      '69',
      '68',
      '66',
    ])
    expect(at(second.data, 'tasks', 'pageInfo', 'hasNextPage')).toBe(false)
  })
})
