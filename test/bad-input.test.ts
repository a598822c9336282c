import { listAt, textAt } from './support/answer'
import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const NAMES = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { taskId } pageInfo { endCursor startCursor } totalCount sources { source { name } totalCount error { code } }
  }
}`

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

/** Whatever was asked, it was refused by this code, by a text that says what was wrong, and nothing was sent. */
function expectRefused(
  { status, body }: { status: number; body: GraphAnswer },
  code: string,
  says: RegExp,
): void {
  expect(status).toBeLessThan(500)
  expect(body.errors).toHaveLength(1)
  expect(body.errors?.[0]?.message).toMatch(says)
  expect(body.errors?.[0]?.extensions).toMatchObject({ code })
  expect(body.extensions?.upstream).toEqual({ calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 })
  expect(JSON.stringify(body)).not.toMatch(/node_modules|stacktrace|\.[jt]s:\d/)
  expect(gateway.emulator.log.count()).toBe(0)
}

describe('an argument that breaks a rule is named with its value and the rule', () => {
  it.each([
    [{ first: 0 }, /^first is 0; .* 1 to 100$/],
    [{ first: 101 }, /^first is 101; .* 1 to 100$/],
    [{ first: -1 }, /^first is -1; .* 1 to 100$/],
    [{ last: 0 }, /^last is 0; .* 1 to 100$/],
    [{ last: 101 }, /^last is 101; .* 1 to 100$/],
    [{ first: 1, last: 1 }, /first and last/],
    [{ after: 'a', before: 'b' }, /after and before/],
    [{ after: '' }, /^after "" is not a cursor/],
    [{ after: 'no cursor' }, /^after "no cursor" is not a cursor/],
    [{ before: '🙂' }, /^before "🙂" is not a cursor/],
    [{ after: 'A'.repeat(100_000) }, /is not a cursor/],
    [
      { filter: { startedAt: { from: '2024-01-02T00:00:00Z', to: '2024-01-01T00:00:00Z' } } },
      /^filter\.startedAt\.from \(2024-01-02T00:00:00.000Z\) is after filter\.startedAt\.to \(2024-01-01/,
    ],
    [
      { filter: { endedAt: { from: '2024-01-01T00:00:00.001Z', to: '2024-01-01T00:00:00Z' } } },
      /^filter\.endedAt\.from .* is after filter\.endedAt\.to/,
    ],
    [{ filter: { regions: ['ap-mars'] } }, /^filter\.regions "ap-mars" is not configured/],
    [{ filter: { regions: ['ap-guangzhou', ''] } }, /^filter\.regions "" is not configured/],
    [{ filter: { accounts: ['nobody'] } }, /^filter\.accounts "nobody" is not configured/],
    [{ filter: { instanceIds: [''] } }, /^filter\.instanceIds "" is no instance id/],
    [{ filter: { instanceIds: ['x'.repeat(65)] } }, /^filter\.instanceIds "x+" is no instance id/],
    [
      { filter: { instanceIds: Array.from({ length: 101 }, (_, at) => `cdb-${at}`) } },
      /^filter\.instanceIds has 101 ids; at most 100/,
    ],
  ])('%j', async (variables, says) => {
    expectRefused(await gateway.query(NAMES, variables), 'BAD_USER_INPUT', says)
  })

  it.each([
    ['task(id: "") { id }', /^id "" is not the id of a task/],
    ['task(id: 5) { id }', /^id "5" is not/],
    ['task(id: "cdb-c1nl9rpv") { id }', /^id "cdb-c1nl9rpv" is not/],
    ['node(id: "VXNlcjox") { id }', /^id "VXNlcjox" is not/],
    ['cdbTasksByRequest(asyncRequestId: "") { id }', /^asyncRequestId "" is no request id/],
    ['cdbTasksByRequest(asyncRequestId: "a b") { id }', /^asyncRequestId "a b" is no request id/],
    [
      'cdbTasksByRequest(asyncRequestId: "a", region: "ap-mars") { id }',
      /^region "ap-mars" is not configured/,
    ],
    ['cdbTasksByRequest(asyncRequestId: "a", account: "me") { id }', /^account "me" is not configured/],
    ['postgresTask(taskId: "") { id }', /^taskId "" is no task number/],
    ['postgresTask(taskId: "-1") { id }', /^taskId "-1" is no task number/],
    ['postgresTask(taskId: "1e3") { id }', /^taskId "1e3" is no task number/],
    [
      'postgresTask(taskId: "18446744073709551616") { id }',
      /^taskId "18446744073709551616" is no task number/,
    ],
    ['postgresTask(taskId: "1", region: "ap-mars") { id }', /^region "ap-mars" is not configured/],
  ])('%s', async (field, says) => {
    expectRefused(await gateway.query(`{ ${field} }`), 'BAD_USER_INPUT', says)
  })

  it('when more than 100 nodes are asked for at once', async () => {
    const ids = Array.from({ length: 101 }, String)
    const answer = await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    expectRefused(answer, 'BAD_USER_INPUT', /^ids has 101 entries; at most 100/)
  })

  it('without telling which regions and accounts there are', async () => {
    const answers = [
      await gateway.query(NAMES, { filter: { regions: ['ap-mars'] } }),
      await gateway.query(NAMES, { filter: { accounts: ['nobody'] } }),
    ]
    expect(JSON.stringify(answers)).not.toMatch(/ap-guangzhou|default/)
  })
})

describe('a cursor', () => {
  const ORDER = { field: 'STARTED_AT', direction: 'DESC' }
  const FILTER = { statuses: ['SUCCEEDED'] }
  const cursor = async () => {
    const { body } = await gateway.query(NAMES, { first: 2, filter: FILTER, orderBy: ORDER })
    gateway.emulator.log.clear()
    return textAt(body.data, 'tasks', 'pageInfo', 'endCursor')
  }

  it('is refused when any one of its bytes was changed', async () => {
    const bytes = Buffer.from(await cursor(), 'base64url')
    for (const [at, byte] of bytes.entries()) {
      const forged = Buffer.from(bytes)
      forged[at] = byte ^ 1
      const answer = await gateway.query(NAMES, {
        first: 2,
        after: forged.toString('base64url'),
        filter: FILTER,
        orderBy: ORDER,
      })
      expectRefused(answer, 'BAD_USER_INPUT', /^after ".*" is not a cursor of this list/)
    }
  })

  it.each([
    ['cut short', (text: string) => text.slice(0, -1)],
    ['made longer', (text: string) => `${text}A`],
    ['padded', (text: string) => `${text}=`],
    ['followed by a blank', (text: string) => `${text} `],
    [
      'written in the other base64',
      (text: string) => Buffer.from(text, 'base64url').toString('base64') + '==',
    ],
  ])('is refused when it was %s', async (_, change) => {
    const after = change(await cursor())
    const answer = await gateway.query(NAMES, { first: 2, after, filter: FILTER, orderBy: ORDER })
    expectRefused(answer, 'BAD_USER_INPUT', /is not a cursor of this list/)
  })

  it.each([
    ['no filter', { orderBy: ORDER }],
    ['another status', { filter: { statuses: ['FAILED'] }, orderBy: ORDER }],
    ['one more part', { filter: { ...FILTER, providers: ['CDB'] }, orderBy: ORDER }],
    ['the other direction', { filter: FILTER, orderBy: { direction: 'ASC' } }],
    ['the other field', { filter: FILTER, orderBy: { field: 'ENDED_AT' } }],
  ])('is refused with %s', async (_, question) => {
    const answer = await gateway.query(NAMES, { first: 2, after: await cursor(), ...question })
    expectRefused(answer, 'BAD_USER_INPUT', /^after belongs to another filter or order/)
  })

  it('is refused by another field than the one that made it', async () => {
    const query =
      'query ($after: String, $filter: TaskFilter) { cdbTasks(after: $after, filter: $filter) { nodes { id } } }'
    const answer = await gateway.query(query, { after: await cursor(), filter: FILTER })
    expectRefused(answer, 'BAD_USER_INPUT', /^after belongs to another filter or order/)
  })

  it('goes on with a filter that says the same in another way', async () => {
    const filter = { ...FILTER, types: null, startedAt: { from: null }, statuses: ['SUCCEEDED', 'SUCCEEDED'] }
    const { body } = await gateway.query(NAMES, { first: 2, after: await cursor(), filter })
    expect(body.errors).toBeUndefined()
    expect(listAt(body.data, 'tasks', 'nodes')).toHaveLength(2)
  })
})

describe('a filter', () => {
  it.each(['providers', 'accounts', 'regions', 'instanceIds', 'statuses', 'types'])(
    'whose list %s is empty matches nothing and asks nobody',
    async (name) => {
      const { body } = await gateway.query(NAMES, { filter: { [name]: [] } })
      expect(body.errors).toBeUndefined()
      expect(body.data).toMatchObject({ tasks: { nodes: [], totalCount: 0 } })
      expect(gateway.emulator.log.count()).toBe(0)
    },
  )

  it('whose parts are null does not filter', async () => {
    const parts = [
      'providers',
      'accounts',
      'regions',
      'instanceIds',
      'statuses',
      'types',
      'startedAt',
      'endedAt',
    ]
    const filter = Object.fromEntries(parts.map((name) => [name, null]))
    const { body } = await gateway.query(NAMES, { filter })
    expect(body.data).toMatchObject({ tasks: { totalCount: 14 } })
  })

  it('between two seconds matches nothing and asks nobody', async () => {
    const startedAt = { from: '2024-01-01T00:00:00.100Z', to: '2024-01-01T00:00:00.900Z' }
    const { body } = await gateway.query(NAMES, { filter: { startedAt } })
    expect(body.data).toMatchObject({ tasks: { nodes: [], totalCount: 0 } })
    expect(gateway.emulator.log.count()).toBe(0)
  })

  it.each([
    { startedAt: { from: '9999-12-31T23:59:59Z' } },
    { startedAt: { to: '0001-01-01T00:00:00Z' } },
    { endedAt: { from: '9999-12-31T23:59:59Z' } },
  ])('at the end of time matches nothing: %j', async (filter) => {
    const { body } = await gateway.query(NAMES, { filter })
    expect(body.data).toMatchObject({
      tasks: { nodes: [], totalCount: 0, sources: [{ error: null }, { error: null }] },
    })
  })

  it.each([
    { startedAt: { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59Z' } },
    { startedAt: { from: '0001-01-01T00:00:00Z' } },
    { startedAt: { to: '9999-12-31T23:59:59Z' } },
  ])('from one end of time to the other matches all that have begun: %j', async (filter) => {
    const { body } = await gateway.query(NAMES, { filter })
    expect(listAt(body.data, 'tasks', 'nodes')).toHaveLength(14)
  })

  it.each(['cdb-c1nl9999', 'postgres-none9999', 'pg-none', 'no-known-form', 'a b', '\u0000', '"; DROP'])(
    'that names an instance nobody knows finds no task, and no error: %j',
    async (id) => {
      const { body } = await gateway.query(NAMES, { filter: { instanceIds: [id] } })
      expect(body).not.toHaveProperty('errors')
      expect(body.data).toMatchObject({
        tasks: { nodes: [], totalCount: 0, sources: [{ error: null }, { error: null }] },
      })
    },
  )
})

describe('a document that does not fit the schema', () => {
  it.each([
    ['an unknown field', '{ tasks { nope } }', {}],
    ['an unknown argument', '{ tasks(limit: 3) { totalCount } }', {}],
    ['a word that is no status', '{ tasks(filter: { statuses: [DONE] }) { totalCount } }', {}],
    ['a number too large', '{ tasks(first: 99999999999) { totalCount } }', {}],
    ['a time that is none', '{ tasks(filter: { startedAt: { from: "yesterday" } }) { totalCount } }', {}],
    ['a null in a list', '{ tasks(filter: { statuses: [null] }) { totalCount } }', {}],
    ['a mutation', 'mutation { destroy }', {}],
    ['fragments in a circle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }', {}],
  ])('by %s is refused', async (_, query, variables) => {
    expectRefused(await gateway.query(query, variables), 'GRAPHQL_VALIDATION_FAILED', /./)
  })

  it.each([
    ['of the wrong type', 'query ($v: Int) { tasks(first: $v) { totalCount } }', { v: 'ten' }],
    [
      'with an unknown part',
      'query ($v: TaskFilter) { tasks(filter: $v) { totalCount } }',
      { v: { nope: 1 } },
    ],
    ['that is missing', 'query ($v: ID!) { task(id: $v) { id } }', {}],
    ['that is null in spite of its default', 'query ($v: ID = "x") { task(id: $v) { id } }', { v: null }],
    [
      'that is null within an input',
      'query ($v: OrderDirection) { tasks(orderBy: { direction: $v }) { totalCount } }',
      { v: null },
    ],
    [
      'that is no time',
      'query ($v: DateTime) { tasks(filter: { startedAt: { from: $v } }) { totalCount } }',
      { v: 'x' },
    ],
  ])('by a variable %s is refused', async (_, query, variables) => {
    expectRefused(await gateway.query(query, variables), 'BAD_USER_INPUT', /./)
  })

  it.each([
    ['without an end', '{'],
    ['with a character that is none', '{ tasks\u0000 }'],
    ['nested deeper than anybody means', '{a'.repeat(80_000) + '}'.repeat(80_000)],
    [
      'with lists nested as deep',
      `{ tasks(filter: ${'['.repeat(80_000)}${']'.repeat(80_000)}) { totalCount } }`,
    ],
    ['as long as a body may be', `{ ${'a '.repeat(120_000)} }`],
  ])('%s is refused', async (_, query) => {
    expectRefused(await gateway.query(query), 'GRAPHQL_PARSE_FAILED', /./)
  })

  it.each([
    ['fields', '{a'.repeat(1300) + '}'.repeat(1300)],
    ['fragments', '{ '.concat('...{ '.repeat(950), '__typename', ' }'.repeat(950), ' }')],
    ['values', `{ tasks(filter: ${'{a:'.repeat(950)}1${'}'.repeat(950)}) { totalCount } }`],
  ])('or nests its %s as deep as a document can be is answered all the same', async (_, query) => {
    const { status } = await gateway.query(query)
    expect(status).toBeLessThan(500)
    expect(gateway.emulator.log.count()).toBe(0)
  })
})
