import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSubgraph } from '../src/federation/subgraph'

const read = (...path: string[]) => readFileSync(join(__dirname, ...path), 'utf8')

const FEDERATION = `
  directive @link(url: String!, import: [String!]) on SCHEMA
  directive @key(fields: String!) on OBJECT | INTERFACE
  directive @shareable on OBJECT
`
const ROOTS = ['Query', 'Subscription']
/** The contract says of these in words that they are as another one, with a node type of their own. */
const ALIKE = { CdbTaskConnection: 'CdbTask', PostgresTaskConnection: 'PostgresTask' }

const contract = buildSchema(
  FEDERATION +
    read('fixtures/contract.graphql') +
    Object.entries(ALIKE)
      .map(
        ([name, node]) => `
          type ${name} {
            edges: [${node}Edge!]! nodes: [${node}!]! pageInfo: PageInfo! totalCount: Int sources: [TaskSourceResult!]!
          }
          type ${node}Edge { cursor: String! node: ${node}! }`,
      )
      .join('\n'),
)
const { plainSdl, subgraphSdl } = buildSubgraph()
const served = buildSchema(plainSdl)

const typesOf = (schema: GraphQLSchema) =>
  Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))

/** `Type.field(argument: T = default): T`, one for each name that somebody may write. */
function namesOf(type: GraphQLNamedType): readonly string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`)
  if (isUnionType(type)) return type.getTypes().map(({ name }) => `${type.name} = ${name}`)
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => `${type.name}.${withDefault(field)}`)
  if (!isObjectType(type) && !isInterfaceType(type)) return [type.name]
  const kinds = type.getInterfaces().map(({ name }) => `${type.name} implements ${name}`)
  return [...kinds, ...Object.values(type.getFields()).map((field) => `${type.name}.${withArguments(field)}`)]
}

function withArguments({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const list = args.map(withDefault).sort()
  return `${name}(${list.join(', ')}): ${String(type)}`
}

function withDefault({
  name,
  type,
  defaultValue,
}: Pick<GraphQLInputField, 'name' | 'type' | 'defaultValue'>): string {
  return `${name}: ${String(type)}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}`
}

interface Part {
  readonly name: string
  readonly description?: string | null | undefined
}

/** All of a type that a description can say something of; the types of all queries and subscriptions say nothing. */
function partsOf(type: GraphQLNamedType): readonly Part[] {
  const itself = ROOTS.includes(type.name) ? [] : [type]
  if (isEnumType(type)) return [...itself, ...type.getValues()]
  if (isInputObjectType(type)) return [...itself, ...Object.values(type.getFields())]
  if (!isObjectType(type) && !isInterfaceType(type)) return itself
  const fields = Object.values(type.getFields())
  return [...itself, ...fields, ...fields.flatMap(({ args }) => args)]
}

describe('the written schemas', () => {
  it('are what is served: npm run schema writes them', () => {
    expect(read('../schema/schema.graphql')).toBe(plainSdl)
    expect(read('../schema/subgraph.graphql')).toBe(subgraphSdl)
  })

  it('differ in what federation adds, and in the fields that only make sense alone', () => {
    expect(plainSdl).not.toMatch(/@key|@link|_entities|_service/)
    expect(plainSdl).toMatch(/^ {2}node\(/m)
    expect(plainSdl).toMatch(/^ {2}nodes\(/m)
    expect(subgraphSdl).not.toMatch(/^ {2}nodes?\(/m)
    expect(subgraphSdl).toContain('https://specs.apollo.dev/federation/v2.5')
    for (const type of [
      'interface Task implements Node',
      'type CdbTask implements',
      'type PostgresTask implements',
      'type DatabaseInstance',
    ])
      expect(subgraphSdl).toMatch(new RegExp(`^${type}[^{]*@key\\(fields: "id"\\)`, 'm'))
    expect(subgraphSdl).toMatch(/^type PageInfo @shareable/m)
    expect(() => parse(subgraphSdl)).not.toThrow()
  })
})

describe('the contract', () => {
  const fixed = typesOf(contract)

  it('is kept in every name, argument, default and nullability', () => {
    const kept = new Set(typesOf(served).flatMap(namesOf))
    expect(fixed.flatMap(namesOf).length).toBeGreaterThan(150)
    expect(fixed.flatMap(namesOf).filter((name) => !kept.has(name))).toEqual([])
  })

  it.each(fixed.map(({ name }) => [name]))('is kept in the kind of %s', (name) => {
    const kind = (schema: GraphQLSchema) =>
      schema.getType(name)?.astNode?.kind ?? schema.getType(name)?.constructor.name
    expect(kind(served)).toBe(kind(contract))
  })
})

describe('every description', () => {
  const BUILT_IN = ['String', 'Int', 'Boolean', 'ID', 'Float']
  const described = typesOf(served).filter(({ name }) => !BUILT_IN.includes(name))

  it.each(described.map((type) => [type.name, type] as const))(
    'is there, as a sentence, in %s',
    (_, type) => {
      const bare = partsOf(type).filter(({ description }) => !/\S.*\.$/s.test(description ?? ''))
      expect(bare.map(({ name }) => name)).toEqual([])
    },
  )

  it('says of a field that may be null when it is', () => {
    const told = [
      'Task',
      'CdbTask',
      'PostgresTask',
      'TaskStep',
      'TaskSource',
      'UpstreamError',
      'TaskEvent',
      'TaskSourceEvent',
    ]
    const silent = told.flatMap((name) => {
      const type = served.getType(name)
      const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
      return fields
        .filter(
          (field) =>
            !String(field.type).endsWith('!') &&
            !/[Nn]ull (until|where|while|before)/.test(field.description ?? ''),
        )
        .map((field) => `${name}.${field.name}`)
    })
    expect(silent).toEqual([])
  })
})

it('graphql-js reads every field without arguments by itself, save at the root', () => {
  const types = Object.values(buildSubgraph().schema.getTypeMap()).filter(isObjectType)
  const wrapped = types
    .filter(({ name }) => !name.startsWith('_') && !ROOTS.includes(name))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => field.args.length === 0 && field.resolve !== undefined)
  expect(wrapped.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([])
})
