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
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields'
import { LIMITS } from './document-limits'
import { BadInput } from '../../tasks/bad-input'
import { NO_CALLS } from '../../tasks/plan'
import { COST_ESTIMATORS, type Asking, type Estimator, type FieldCost } from './cost-estimators'
import { refusal } from '../refusal'
import type { RequestedOperation, Variables } from './coerce-variables'

/** A field's arguments after coercion. */
type Coerced = Readonly<Record<string, unknown>>
type Fields = ReadonlyMap<string, readonly FieldNode[]>

/** Where introspection begins; these are in no type's fields. */
const INTROSPECTION: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map([
  ['__schema', SchemaMetaFieldDef],
  ['__type', TypeMetaFieldDef],
])
/** The most entries in a list that has no smaller limit of its own. */
const MAX_LIST_ENTRIES = 1000

/** A field that asks upstreams, or below which others do. */
interface CostNode {
  /** Null if the field itself is free and gives one object. */
  readonly estimator: Estimator<never> | null
  readonly field: GraphQLField<unknown, unknown>
  readonly node: FieldNode
  readonly objects: CostTree
}

/** The nodes for each type that an object can have; the most expensive type counts. */
type CostTree = readonly (readonly CostNode[])[]

/** Computes what operations plan to ask. Remembers what of a document is the same for all variables. */
export function createOperationCost(): OperationCost {
  const trees = new WeakMap<OperationDefinitionNode, CostTree>()
  return (requested, variables, asking) => {
    const { operation, document } = requested
    const known = trees.get(operation)
    if (known !== undefined) return costOf(known, variables, asking)
    const tree = costTree(requested, variables)
    if (!hasVariableCondition(document)) trees.set(operation, tree)
    return costOf(tree, variables, asking)
  }
}

/**
 * The upstream calls that a valid operation plans, over the sources that it can ask: fragments, variables, `@skip`
 * and `@include` count as in its execution. Fields with wrong arguments ask nobody.
 * @param variables coerced values
 * @throws GraphQLError QUERY_TOO_COSTLY if expanded fragments make it so large that executing it would cost more than
 *   its calls; BAD_USER_INPUT if a list is too long
 */
export type OperationCost = (operation: RequestedOperation, variables: Variables, asking: Asking) => number

function costOf(tree: CostTree, variables: Variables, asking: Asking): number {
  return Math.max(0, ...tree.map((nodes) => nodes.reduce((sum, node) => sum + costOfNode(node), 0)))

  function costOfNode({ estimator, field, node, objects }: CostNode): number {
    if (estimator === null) return costOf(objects, variables, asking)
    const args = argumentsOf(field, node, variables)
    if (args === null) return 0
    checkLists(args)
    const { calls, times } = estimate(estimator, args, asking)
    return times === 0 ? calls.expected : calls.expected + times * costOf(objects, variables, asking)
  }
}

function estimate(estimator: Estimator<never>, args: Coerced, asking: Asking): FieldCost {
  try {
    // Coerced to what the field declares.
    return estimator(args as never, asking)
  } catch (error) {
    // Execution refuses the field for the same reason, before it asks anything.
    if (error instanceof BadInput) return { calls: NO_CALLS, times: 0 }
    throw error
  }
}

function costTree({ schema, document, operation }: RequestedOperation, variables: Variables): CostTree {
  const root = schema.getRootType(operation.operation)
  if (!root) return []
  const fragments = fragmentsOf(document)
  const counts = { fields: 0, introspectionFields: 0 }
  return [nodesOf(root, collectFields(schema, fragments, variables, root, operation.selectionSet))]

  function nodesOf(type: GraphQLObjectType, fields: Fields): readonly CostNode[] {
    const kind = isIntrospectionType(type) ? 'introspectionFields' : 'fields'
    counts[kind] += fields.size
    if (counts[kind] > LIMITS[kind]) throw tooLarge(LIMITS[kind])
    const definitions = type.getFields()
    const found: CostNode[] = []
    for (const nodes of fields.values()) {
      const [node] = nodes
      const name = node?.name.value ?? ''
      const field = definitions[name] ?? INTROSPECTION.get(name)
      if (field === undefined || node === undefined) continue
      const coordinate = `${type.name}.${name}`
      const estimator =
        (Object.hasOwn(COST_ESTIMATORS, coordinate) ? COST_ESTIMATORS[coordinate] : undefined) ?? null
      const objects = objectsOf(field, nodes)
      if (estimator !== null || objects.length > 0) found.push({ estimator, field, node, objects })
    }
    return found
  }

  function objectsOf(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): CostTree {
    const named = getNamedType(field.type)
    const types = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : []
    return types
      .map((type) => nodesOf(type, collectSubfields(schema, fragments, variables, type, nodes)))
      .filter((found) => found.length > 0)
  }
}

/** True if the selected fields depend on variables. */
function hasVariableCondition(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Directive({ arguments: args = [] }) {
      if (args.some(({ value }) => value.kind === Kind.VARIABLE)) found = true
    },
  })
  return found
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
    `The operation has more than ${limit} fields when its fragments are expanded; select fewer fields`,
  )
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}
