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
import { BadInput } from '../../tasks/bad-input'
import { NO_CALLS } from '../../tasks/plan'
import { COST_ESTIMATORS, type Asking, type FieldCost } from './cost-estimators'
import { LIMITS } from './limits'
import { refusal } from './refusal'
import type { Operation, Variables } from './variables'

/** A field's arguments after coercion. */
type Coerced = Readonly<Record<string, unknown>>
type Fields = ReadonlyMap<string, readonly FieldNode[]>

/** Where introspection begins; these are in no type's fields. */
const INTROSPECTION: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map([
  ['__schema', SchemaMetaFieldDef],
  ['__type', TypeMetaFieldDef],
])
const FREE: FieldCost = { calls: NO_CALLS, times: 1 }
/** Of a field that is refused before it asks anything. */
const REFUSED: FieldCost = { calls: NO_CALLS, times: 0 }
/** The most entries in a list that has no smaller limit of its own. */
const MAX_LIST_ENTRIES = 1000

/**
 * The calls to upstreams that a valid operation plans, over the sources that it can ask: fragments, variables, `@skip`
 * and `@include` as in its execution. 0 where wrong arguments keep it from asking anything.
 * @param variables coerced values
 * @throws GraphQLError where fragments in fragments make it so large that executing it would cost more than its calls,
 *   or where a list is too long
 */
export function costOf(
  { schema, document, operation }: Operation,
  variables: Variables,
  asking: Asking,
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
    const { calls, times } = estimate(type, field, nodes)
    return times === 0 ? calls.expected : calls.expected + times * costOfObject(field, nodes)
  }

  /** Of an object whose type is not known before, that of the dearest type. */
  function costOfObject(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): number {
    const named = getNamedType(field.type)
    const types = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : []
    return types.reduce((dearest, type) => {
      const subfields = collectSubfields(schema, fragments, variables, type, nodes)
      return Math.max(dearest, costOfFields(type, subfields))
    }, 0)
  }

  function estimate(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    [node]: readonly FieldNode[],
  ): FieldCost {
    const coordinate = `${type.name}.${field.name}`
    const estimator = Object.hasOwn(COST_ESTIMATORS, coordinate) ? COST_ESTIMATORS[coordinate] : undefined
    if (estimator === undefined || node === undefined) return FREE
    const args = argumentsOf(field, node, variables)
    if (args === null) return REFUSED
    checkLists(args)
    try {
      // Coerced to what the field declares.
      return estimator(args as never, asking)
    } catch (error) {
      // Execution finds the same.
      if (error instanceof BadInput) return REFUSED
      throw error
    }
  }
}

/** Null where a required argument has no value: execution reports that, and the field asks nobody. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Variables,
): Coerced | null {
  try {
    return getArgumentValues(field, node, variables)
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

/** Looks into input objects, not into the entries of lists: no input type has a list of input objects. */
function checkLists(args: Coerced, path = ''): void {
  for (const [name, value] of Object.entries(args)) {
    const argument = `${path}${name}`
    if (Array.isArray(value)) {
      if (value.length > MAX_LIST_ENTRIES) throw tooLong(argument, value.length)
    } else if (typeof value === 'object' && value !== null && !(value instanceof Date))
      checkLists({ ...value }, `${argument}.`)
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
    `The operation has more than ${limit} fields when its fragments are put in their places`,
  )
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}
