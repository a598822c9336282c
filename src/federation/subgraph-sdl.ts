import {
  isObjectType,
  Kind,
  parse,
  print,
  printSchema,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { CACHE_HINT_DEFINITION } from '../graphql/schema/scalars'

/** What a subgraph says of itself; the newest version that the routers we serve understand. */
const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable", "@tag"])
`
/** Every Relay subgraph has these of its own, and two of them cannot be composed. */
const ONLY_ALONE: ReadonlySet<string> = new Set(['node', 'nodes'])

/** The schema as SDL with its federation directives, which graphql-js leaves out. */
export function printWithDirectives(schema: GraphQLSchema): DocumentNode {
  const plain = parse(`${LINK}${CACHE_HINT_DEFINITION}${printSchema(schema)}`, { noLocation: true })
  return visit(plain, {
    enter(node) {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION)
        return undefined
      const type = schema.getType(node.name.value)
      const declared = isObjectType(type) ? type.getFields() : {}
      const fields = (node.fields ?? []).map((field) => ({
        ...field,
        directives: [...(field.directives ?? []), ...(declared[field.name.value]?.astNode?.directives ?? [])],
      }))
      return { ...node, fields, directives: type?.astNode?.directives ?? [] }
    },
  })
}

/** What is composed into a larger graph: all but the fields that only make sense alone. */
export function printSubgraph(document: DocumentNode): string {
  const definitions = document.definitions.map(withoutNodeFields)
  return `${print({ ...document, definitions })}\n`
}

function withoutNodeFields(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== 'Query') return definition
  return {
    ...definition,
    fields: (definition.fields ?? []).filter(({ name }) => !ONLY_ALONE.has(name.value)),
  }
}
