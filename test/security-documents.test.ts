import { listAt, textAt } from './support/answer'
import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { documentedWorld } from './support/worlds'

const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: {
      NODE_ENV: 'production',
      TASK_GATEWAY_INTROSPECTION: 'true',
      TASK_GATEWAY_CURSOR_SECRET: 'canary-of-cursors',
    },
  })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

const codes = ({ errors = [] }: GraphAnswer) => [
  ...new Set(errors.map(({ extensions }) => extensions['code'])),
]

/** Refused with this code, and nothing asked for it. */
async function expectRefused(
  query: string,
  code: string,
  variables: Record<string, unknown> = {},
): Promise<GraphAnswer> {
  const { status, body } = await gateway.query(query, variables)
  expect([status < 500, codes(body)]).toEqual([true, [code]])
  expect(gateway.emulator.log.find({})).toEqual([])
  return body
}

describe('a document made to cost much is refused before anything is asked', () => {
  it.each([
    ['aliases', `{ ${many(1000, (at) => `a${at}: tasks { totalCount }`)} }`, 'GRAPHQL_PARSE_FAILED'],
    [
      'fewer aliases',
      `{ ${many(400, (at) => `a${at}: tasks { totalCount }`)} }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['the same field again and again', `{ ${many(1300, () => 'tasks { id }')} }`, 'GRAPHQL_PARSE_FAILED'],
    [
      'directives',
      `{ taskSources { name ${many(1500, () => '@skip(if: false)')} } }`,
      'GRAPHQL_PARSE_FAILED',
    ],
    [
      'directives that do not exist',
      `{ taskSources { name ${many(1500, () => '@x')} } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'fragments in a circle',
      `{ ...F0 } ${many(40, (at) => `fragment F${at} on Query { ...F${(at + 1) % 40} }`)}`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'fragments in a circle that are spread on several levels',
      `{ tasks { ${many(49, (at) => `...F${at}`)} } } ${many(49, (at) => `fragment F${at} on TaskConnection { nodes { ...F${(at + 1) % 49} id } ...F${(at + 1) % 49} }`)}`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'two fragments in a circle below a list',
      `{ tasks { ...A ...B } } fragment A on TaskConnection { nodes { ...B } ...B } fragment B on TaskConnection { nodes { ...A } ...A }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a fragment that spreads itself below an alias',
      `{ tasks { ...A a: nodes { instances { tasks { ...A } } } } } fragment A on TaskConnection { a: nodes { instances { tasks { ...A } } } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'fragments that double',
      `{ ...F0 } ${many(40, (at) => `fragment F${at} on Query { a: taskSources { name } ...F${at + 1} ...F${at + 1} }`)} fragment F40 on Query { tasks { x } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'nesting',
      `{ tasks { ${'nodes { instances { tasks { '.repeat(100)} totalCount ${'} } } '.repeat(100)} } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'nesting of values',
      `{ tasks(filter: { accounts: ${'['.repeat(1900)}${']'.repeat(1900)} }) { totalCount } }`,
      'GRAPHQL_PARSE_FAILED',
    ],
    [
      'less nesting of values',
      `{ tasks(filter: { accounts: ${'['.repeat(1590)}${']'.repeat(1590)} }) { totalCount } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'nesting of input objects',
      `{ tasks(filter: ${'{a:'.repeat(790)}1${'}'.repeat(790)}) { totalCount } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'nesting of types',
      `query ($x: ${'['.repeat(1590)}Int${']'.repeat(1590)}) { tasks { totalCount } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'introspection in circles',
      `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} } '.repeat(5)} } } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'introspection side by side',
      `{ ${many(20, (at) => `a${at}: __schema { types { name fields { name type { name } } } }`)} ...F ...G } fragment F on Query { ${many(20, (at) => `b${at}: __schema { types { ${many(20, (n) => `c${n}: name`)} } }`)} } fragment G on Query { __typename }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['ids', '{ nodes(ids: $ids) { id } }'.replace('{', 'query ($ids: [ID!]!) {'), 'QUERY_TOO_COSTLY'],
  ])('%s', async (_, query, code) => {
    await expectRefused(query, code, { ids: Array.from({ length: 201 }, (_, at) => `id-${at}`) })
  })

  it.each([
    ['of objects', `{ tasks { nodes { ${many(400, () => 'instances { id }')} } } }`],
    ['in inline fragments', `{ tasks { nodes { ${many(400, () => '... { instances { id } }')} } } }`],
    [
      'in fragments',
      `{ tasks { ${many(49, (at) => `...F${at}`)} } } ${many(49, (at) => `fragment F${at} on TaskConnection { ${many(5, () => 'nodes { instances { id } }')} }`)}`,
    ],
    ['at the root', `{ ${many(29, () => `tasks { ${many(12, () => 'nodes { id }')} }`)} }`],
  ])('repetitions %s, all pairs of which would be compared', async (_, query) => {
    const { errors = [] } = await expectRefused(query, 'GRAPHQL_VALIDATION_FAILED')
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The document has \d+ repetitions; at most 150 are allowed$/),
    ])
  })

  it('a batch', async () => {
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{ tasks { totalCount } }' }))),
    })
    expect([answer.status, codes((await answer.json()) as GraphAnswer)]).toEqual([400, ['BAD_REQUEST']])
    expect(gateway.emulator.log.find({})).toEqual([])
  })
})

describe('in production an error tells nothing of the schema or the process', () => {
  it.each([
    ['a field', '{ taskz { id } }'],
    ['an argument', '{ tasks(frst: 1) { totalCount } }'],
    ['a type', 'query ($x: TaskFiltr) { tasks(filter: $x) { totalCount } }'],
    ['an enum value', '{ tasks(filter: { statuses: [RUNING] }) { totalCount } }'],
    ['an input field', '{ tasks(filter: { status: [RUNNING] }) { totalCount } }'],
    ['a fragment on a type', '{ tasks { nodes { ... on CdbTsk { id } } } }'],
  ])('by suggesting %s', async (_, query) => {
    const body = await expectRefused(query, 'GRAPHQL_VALIDATION_FAILED')
    expect(JSON.stringify(body)).not.toMatch(/did you mean|stacktrace|node_modules|\.[jt]s:\d/i)
  })

  it('by suggesting a value of a variable', async () => {
    const query = 'query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }'
    for (const filter of [{ statuses: ['RUNING'] }, { status: ['RUNNING'] }, 'x']) {
      const body = await expectRefused(query, 'BAD_USER_INPUT', { filter })
      expect(JSON.stringify(body)).not.toMatch(/did you mean/i)
    }
  })

  it('by a trace that somebody asks for', async () => {
    const { body } = await gateway.query(
      '{ taskSources { name } }',
      {},
      { 'apollo-federation-include-trace': 'ftv1' },
    )
    expect(Object.keys(body.extensions ?? {})).toEqual(['upstream'])
  })
})

describe('what was forged', () => {
  const LIST =
    'query ($after: String) { tasks(first: 1, after: $after) { pageInfo { endCursor } nodes { id } } }'

  it('a cursor with any part changed is refused', async () => {
    const { body } = await gateway.query(LIST)
    const cursor = textAt(body.data, 'tasks', 'pageInfo', 'endCursor')
    gateway.emulator.log.clear()
    const flipped = (at: number) =>
      cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1)
    const forged = [
      ...Array.from({ length: cursor.length - 1 }, (_, at) => flipped(at)),
      '',
      'x',
      cursor.slice(0, -4),
      `${cursor}${cursor}`,
      '../../etc/passwd',
      '\u0000',
      '𝒳'.repeat(1000),
    ]
    for (const after of forged) await expectRefused(LIST, 'BAD_USER_INPUT', { after })
  })

  it('an id of another account, region or product is none, and made-up ones are refused', async () => {
    const { body } = await gateway.query(LIST)
    const id = textAt(listAt(body.data, 'tasks', 'nodes')[0], 'id')
    gateway.emulator.log.clear()
    for (const made of [
      '',
      'x',
      id.slice(0, -2),
      `${id}AAAA`,
      '__proto__',
      'constructor',
      '𝒳'.repeat(1000),
    ]) {
      const { status, body: answer } = await gateway.query('query ($id: ID!) { task(id: $id) { id } }', {
        id: made,
      })
      expect(status).toBeLessThan(500)
      expect(answer.errors === undefined ? answer.data : codes(answer)).toEqual(
        answer.errors === undefined ? { task: null } : ['BAD_USER_INPUT'],
      )
    }
  })
})

it('a mutation by GET is refused', async () => {
  const answer = await fetch(`${gateway.url}/graphql?query=mutation{destroy}`, {
    headers: { 'apollo-require-preflight': '1' },
  })
  expect([answer.status, codes((await answer.json()) as GraphAnswer)]).toEqual([
    400,
    ['GRAPHQL_VALIDATION_FAILED'],
  ])
})

describe('a condition at the root of a subscription', () => {
  const ROOTS = [
    ['on the field', 'subscription { taskActivity @skip(if: true) { __typename } }'],
    ['with a value of another type', 'subscription { taskActivity @skip(if: 1) { __typename } }'],
    ['with an argument that there is not', 'subscription { taskActivity @include(i: false) { __typename } }'],
    ['with a variable', 'subscription ($x: Boolean!) { taskActivity @skip(if: $x) { __typename } }'],
    ['on a fragment', 'subscription { ... @include(if: 1) { taskActivity { __typename } } }'],
    [
      'in a fragment of a fragment, in a circle',
      `subscription { ...A } fragment A on Subscription { ...B }
       fragment B on Subscription { ...A taskActivity @skip(if: 1) { __typename } }`,
    ],
  ] as const
  const ERROR = {
    message: '@skip and @include may not stand at the root of a subscription',
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  }

  it.each(ROOTS)('%s is one error by HTTP', async (_, query) => {
    const { errors } = await expectRefused(query, 'GRAPHQL_VALIDATION_FAILED')
    expect(errors).toEqual([expect.objectContaining(ERROR)])
  })

  it.each(ROOTS)('%s is one error by WebSocket, which stays open', async (_, query) => {
    const socket = await RawSocket.enter(gateway.url)
    for (const id of ['1', '2']) {
      socket.subscribe(id, query)
      expect(await socket.next()).toEqual({ id, type: 'error', payload: [expect.objectContaining(ERROR)] })
    }
    await socket.close()
  })

  it('is none below the root', async () => {
    const socket = await RawSocket.enter(gateway.url)
    socket.subscribe('1', 'subscription ($x: Boolean!) { taskActivity { __typename @skip(if: $x) } }')
    const message = expect.stringContaining('"$x" of required type') as string
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ message }] })
    await socket.close()
  })
})
