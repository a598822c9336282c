import { buildSchema, Kind, parse } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { companySdl, COMPOSERS, type Part } from './company/compose'
import { startGateway } from './support/gateway'

const read = (...path: string[]) => readFileSync(join(__dirname, '..', ...path), 'utf8')
const README = read('README.md')

const part = (name: string, sdl: string): Part => ({ name, url: `http://${name}.example/graphql`, sdl })
const tasks = part('tasks', read('schema', 'subgraph.graphql'))
const inventory = part('inventory', companySdl('inventory'))
const tickets = part('tickets', companySdl('tickets'))
const relay = part('relay', companySdl('relay'))

/** The names of a type's fields. */
function fieldsOf(supergraph: string, type: string): readonly string[] {
  const found = parse(supergraph).definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) &&
    definition.name.value === type
      ? (definition.fields ?? [])
      : [],
  )
  return found.map(({ name }) => name.value)
}

describe.each(Object.entries(COMPOSERS))('%s', (_, compose) => {
  it.each([
    ['the subgraph alone', [tasks]],
    ['one that owns the instances and one that adds to every task', [tasks, inventory, tickets]],
    ['another Relay subgraph, with node, nodes and PageInfo of its own', [relay, tasks]],
  ])('composes it without an error or a hint: %s', (_case, parts) => {
    const { supergraph, complaints } = compose(parts)
    expect(complaints).toEqual([])
    expect(supergraph).toEqual(expect.any(String))
  })

  it('adds the ticket to the interface and to both products, and the tasks to the instance', () => {
    const supergraph = compose([tasks, inventory, tickets]).supergraph ?? ''
    for (const type of ['Task', 'CdbTask', 'PostgresTask'])
      expect(fieldsOf(supergraph, type)).toEqual(expect.arrayContaining(['id', 'status', 'ticket']))
    expect(fieldsOf(supergraph, 'DatabaseInstance').toSorted()).toEqual([
      'environment',
      'id',
      'owner',
      'provider',
      'tasks',
    ])
  })

  it('composes every part that the README has as text', () => {
    const extensions = [...README.matchAll(/^```graphql federation\n([^]*?)^```$/gm)].map(
      ([, sdl = ''], index) => part(`extension-${index}`, sdl),
    )
    expect(extensions.length).toBeGreaterThan(1)
    expect(compose([tasks, ...extensions]).complaints).toEqual([])
  })
})

describe('the subgraph', () => {
  it('tells the SDL that is written', async () => {
    const gateway = await startGateway()
    const { body } = await gateway.query('{ _service { sdl } }').finally(() => gateway.close())
    expect(body.data).toEqual({ _service: { sdl: tasks.sdl } })
  })

  it('claims the names that the README lists, and no others', () => {
    const schema = buildSchema(tasks.sdl, { assumeValidSDL: true })
    const types = Object.keys(schema.getTypeMap()).filter(
      (name) => !/^(__.*|String|Int|Float|Boolean|ID|Query|Subscription)$/.test(name),
    )
    const roots = [schema.getQueryType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name ?? ''}.${field}`),
    )
    const [, claim = ''] = /^<!-- names -->\n([^]*?)^<!-- \/names -->$/m.exec(README) ?? []
    const listed = [...claim.matchAll(/`([\w.]+)`/g)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual([...types, ...roots].toSorted())
  })
})
