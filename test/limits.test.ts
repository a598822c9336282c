import { getIntrospectionQuery } from 'graphql'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '../src/graphql/pipeline/document-limits'
import { ask, startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterAll(() => gateway.close())

function messages({ errors = [] }: GraphAnswer): readonly string[] {
  return errors.map(({ message }) => message)
}

const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')
const nest = (levels: number, inside: string): string =>
  levels === 0 ? inside : `nodes { instances { tasks(first: 1) { ${nest(levels - 1, inside)} } } }`

describe('a document within every limit', () => {
  it.each([
    ['depth', `{ tasks(first: 1) { ${nest(4, 'nodes { id }')} } }`],
    ['aliases', `{ taskSources { ${many(LIMITS.aliases, (at) => `a${at}: name`)} } }`],
    ['root fields', `{ ${many(LIMITS.rootFields, (at) => `a${at}: taskSources { name }`)} }`],
    ['directives', `{ taskSources { ${many(LIMITS.directives, () => 'name @include(if: true)')} } }`],
    [
      'fragments',
      `{ taskSources { ${many(LIMITS.fragments, (at) => `...F${at}`)} } } ${many(LIMITS.fragments, (at) => `fragment F${at} on TaskSource { name }`)}`,
    ],
    [
      'spreads',
      `{ taskSources { ${many(LIMITS.spreads, () => '...F')} } } fragment F on TaskSource { name }`,
    ],
    ['introspection by tools', getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true })],
  ])('is answered: %s', async (_, query) => {
    const { status, body } = await gateway.query(query)
    expect([status, messages(body)]).toEqual([200, []])
  })
})

describe('a document beyond a limit', () => {
  it.each([
    ['depth', `{ tasks(first: 1) { ${nest(5, 'nodes { id }')} } }`, '18 levels deep; at most 15'],
    [
      'depth through fragments',
      `{ tasks(first: 1) { ...F } } fragment F on TaskConnection { ${nest(5, '__typename')} }`,
      '17 levels deep; at most 15',
    ],
    ['aliases', `{ taskSources { ${many(101, (at) => `a${at}: name`)} } }`, '101 aliases; at most 100'],
    ['root fields', `{ ${many(31, (at) => `a${at}: taskSources { name }`)} }`, '31 root fields; at most 30'],
    [
      'root fields through a fragment',
      `{ ${many(31, () => '...F')} } fragment F on Query { taskSources { name } }`,
      '31 root fields; at most 30',
    ],
    [
      'directives',
      `{ taskSources { ${many(51, () => 'name @include(if: true)')} } }`,
      '51 directives; at most 50',
    ],
    [
      'fragments',
      `{ taskSources { ${many(51, (at) => `...F${at}`)} } } ${many(51, (at) => `fragment F${at} on TaskSource { name }`)}`,
      '51 fragments; at most 50',
    ],
    [
      'spreads',
      `{ taskSources { ${many(201, () => '...F')} } } fragment F on TaskSource { name }`,
      '201 spreads; at most 200',
    ],
  ])('is refused by name and number: %s', async (_, query, told) => {
    const { status, body } = await gateway.query(query)
    expect([status, body.errors?.[0]?.extensions]).toEqual([400, { code: 'GRAPHQL_VALIDATION_FAILED' }])
    expect(messages(body)).toEqual([expect.stringContaining(told)])
  })

  it('with more than 3200 tokens is not even read', async () => {
    const { status, body } = await gateway.query(`{ ${many(3200, () => 'taskSources')} }`)
    expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'GRAPHQL_PARSE_FAILED'])
    expect(messages(body)[0]).toContain('3200 tokens')
  })

  it.each([
    ['fields', 'tasks { nodes { ...F0 } }', 'Task', 'instances', 5000],
    ['fields of introspection', '__type(name: "Task") { ...F0 }', '__Type', 'ofType', 500],
  ])('is refused where fragments in fragments make too many %s', async (_, root, type, field, limit) => {
    const again = type === 'Task' ? 'tasks(first: 1) { nodes { ...NEXT } }' : '...NEXT'
    const level = (at: number) =>
      `fragment F${at} on ${type} { ${many(5, (n) => `a${n}: ${field} { ${again.replace('NEXT', `F${at + 1}`)} }`)} }`
    const { status, body } = await gateway.query(
      `{ ${root} } ${many(4, level)} fragment F4 on ${type} { ${many(8, (n) => `b${n}: __typename`)} }`,
    )
    expect([status, body.errors?.[0]?.extensions]).toEqual([400, { code: 'QUERY_TOO_COSTLY' }])
    expect(messages(body)).toEqual([expect.stringContaining(`more than ${limit} fields`)])
  })

  it('with fragments that spread each other is refused as such', async () => {
    const { status, body } = await gateway.query(
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
    )
    expect(status).toBe(400)
    expect(messages(body)).toEqual([expect.stringContaining('Cannot spread fragment "A" within itself')])
  })

  it('is told of five mistakes at most', async () => {
    for (const query of [
      `{ ${many(30, (at) => `wrong${at}`)} }`,
      `{ taskSources { ${many(90, (at) => `x${at}`)} } }`,
    ]) {
      const { body } = await gateway.query(query)
      expect(messages(body)).toHaveLength(5)
      expect(messages(body)[4]).toContain('Too many validation errors')
    }
    const statuses = Array.from({ length: 50 }, () => 'NOPE')
    const { body } = await gateway.query(
      'query ($statuses: [TaskStatus!]) { tasks(filter: { statuses: $statuses }) { totalCount } }',
      { statuses },
    )
    expect(messages(body)).toHaveLength(5)
  })
})

describe('introspection', () => {
  it('of a type within a type within a type is refused', async () => {
    const circle = (levels: number): string =>
      levels === 0 ? 'name' : `fields { type { ${circle(levels - 1)} } }`
    const { status, body } = await gateway.query(`{ __schema { types { ${circle(5)} } } }`)
    expect([status, messages(body)]).toEqual([400, ['Maximum introspection depth exceeded']])
  })
})

describe('what the project itself asks', () => {
  const folder = join(__dirname, '..', 'schema', 'examples')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')

  const names = readdirSync(folder).filter((name) => !read(name).includes('\nsubscription '))

  it.each(names)('is far within the default cost over ten sources: %s', async (name) => {
    const wide = await startGateway({
      env: {
        TASK_GATEWAY_CDB_REGIONS: 'ap-guangzhou,ap-shanghai,ap-beijing,ap-nanjing,ap-chengdu',
        TASK_GATEWAY_POSTGRES_REGIONS: 'ap-guangzhou,ap-shanghai,ap-beijing,ap-nanjing,ap-chengdu',
        TASK_GATEWAY_MAX_COST: '20',
      },
    })
    try {
      const { status, body } = await ask(wide.url, read(name))
      expect([status, messages(body)]).toEqual([200, []])
    } finally {
      await wide.close()
    }
  })
})
