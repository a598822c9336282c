import {
  getArgumentValues,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isIntrospectionType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields'
import { LIMITS } from './document-limits'
import { isRecord, type Arguments, type Planned } from '../limits/plan'
import { PRICES, type Price } from '../limits/prices'
import { refusal } from '../refusal'
import type { RequestedOperation, Variables } from './coerce-variables'

type Fields = ReadonlyMap<string, readonly FieldNode[]>

/** Where introspection begins; these are in no type's fields. */
const INTROSPECTION: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map([
  ['__schema', SchemaMetaFieldDef],
  ['__type', TypeMetaFieldDef],
])
const FREE: Price = { calls: 0, times: 1 }
/** The most entries in a list that has no smaller limit of its own. */
const MAX_LIST_ENTRIES = 1000

/**
 * The upstream calls that a valid operation plans, over the sources that it can ask: fragments, variables, `@skip`
 * and `@include` count as in its execution. Fields with wrong arguments ask nobody.
 * @param variables coerced values
 * @throws GraphQLError QUERY_TOO_COSTLY if expanded fragments make it so large that executing it would cost more than
 *   its calls; BAD_USER_INPUT if a list is too long
 */
export function costOf(
  { schema, document, operation }: RequestedOperation,
  variables: Variables,
  planned: Planned,
): number {
  const root = schema.getRootType(operation.operation)
  if (!root) return 0
  const fragments = fragmentsOf(document)
  const counts = { fields: 0, introspectionFields: 0 }
  return costOfFields(root, collectFields(schema, fragments, variables, root, operation.selectionSet))

  function costOfFields(type: GraphQLObjectType, fields: Fields): number {
    const kind = isIntrospectionType(type) ? 'introspectionFields' : 'fields'
    counts[kind] += fields.size
    if (counts[kind] > LIMITS[kind]) throw tooLarge(LIMITS[kind])
    const definitions = type.getFields()
    let cost = 0
    for (const nodes of fields.values()) {
      const name = nodes[0]?.name.value ?? ''
      const field = definitions[name] ?? INTROSPECTION.get(name)
      if (field !== undefined) cost += costOfField(type, field, nodes)
    }
    return cost
  }

  function costOfField(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    nodes: readonly FieldNode[],
  ): number {
    const { calls, times } = priceOf(type, field, nodes)
    return times === 0 ? calls : calls + times * costOfObject(field, nodes)
  }

  /** For abstract types, uses the most expensive possible type. */
  function costOfObject(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): number {
    const named = getNamedType(field.type)
    const types = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : []
    return types.reduce((highest, type) => {
      const subfields = collectSubfields(schema, fragments, variables, type, nodes)
      return Math.max(highest, costOfFields(type, subfields))
    }, 0)
  }

  function priceOf(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    [node]: readonly FieldNode[],
  ): Price {
    const coordinate = `${type.name}.${field.name}`
    const price = Object.hasOwn(PRICES, coordinate) ? PRICES[coordinate] : undefined
    if (price === undefined || node === undefined) return FREE
    const args = argumentsOf(field, node, variables)
    if (args === null) return { calls: 0, times: 0 }
    checkLists(args)
    return price(args, planned)
  }
}

/** Null where a required argument has no value: execution reports that, and the field asks nobody. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Variables,
): Arguments | null {
  try {
    return getArgumentValues(field, node, variables)
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

/** Looks into input objects, not into the entries of lists: no input type has a list of input objects. */
function checkLists(args: Arguments, path = ''): void {
  for (const [name, value] of Object.entries(args)) {
    const argument = `${path}${name}`
    if (Array.isArray(value)) {
      if (value.length > MAX_LIST_ENTRIES) throw tooLong(argument, value.length)
    } else if (isRecord(value) && !(value instanceof Date)) checkLists(value, `${argument}.`)
  }
}

function tooLong(argument: string, length: number): GraphQLError {
  return new GraphQLError(`${argument} has ${length} entries; at most ${MAX_LIST_ENTRIES} are allowed`, {
    extensions: { code: 'BAD_USER_INPUT', argument, http: { status: 400 } },
  })
}

function tooLarge(limit: number): GraphQLError {
  return refusal(
    'QUERY_TOO_COSTLY',
    `The operation has more than ${limit} fields when its fragments are expanded; select fewer fields`,
  )
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}
