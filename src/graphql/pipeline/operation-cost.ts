import {
  getArgumentValues,
  getNamedType,
  getNullableType,
  GraphQLError,
  isAbstractType,
  isIntrospectionType,
  isListType,
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
import { BadInput } from '../../tasks/bad-input'
import { LIMITS } from './document-limits'
import {
  COST_ESTIMATORS,
  type Asking,
  type Estimator,
  type FieldCost,
  listLength,
  type ListLength,
} from './cost-estimators'
import type { PlannedCost, RequestedOperation, Variables } from './admission'
import { exceeded, LimitExceeded } from '../refusal'

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

/** A field that gives objects. */
interface CostNode {
  /** Null if the field itself is free. */
  readonly estimator: Estimator<never> | null
  /** How many objects a free one gives. */
  readonly length: ListLength
  readonly field: GraphQLField<unknown, unknown>
  readonly node: FieldNode
  readonly objects: CostTree
}

/** What is selected on an object of one type. */
interface CostBranch {
  /** Fields of the object itself. */
  readonly fields: number
  readonly nodes: readonly CostNode[]
}

/** The branches for each type that an object can have; the most expensive type counts. */
type CostTree = readonly CostBranch[]

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
 * The upstream calls that a valid operation plans, over the sources that it can ask, and the size of its response:
 * fragments, variables, `@skip` and `@include` count as in its execution. Fields with wrong arguments ask nobody.
 * @param variables coerced values
 * @throws GraphQLError QUERY_TOO_COSTLY if expanded fragments make it so large that executing it would cost more than
 *   its calls; BAD_USER_INPUT if a list is too long
 */
export type OperationCost = (
  operation: RequestedOperation,
  variables: Variables,
  asking: Asking,
) => PlannedCost

function costOf(tree: CostTree, variables: Variables, asking: Asking): PlannedCost {
  return costOfTree(tree, 0)

  /** @param entries of the lists on the object whose length the arguments of its field decide */
  function costOfTree(branches: CostTree, entries: number): PlannedCost {
    let [calls, fields] = [0, 0]
    for (const branch of branches) {
      let [ownCalls, ownFields] = [0, branch.fields]
      for (const node of branch.nodes) {
        const cost = costOfNode(node, entries)
        ownCalls += cost.calls
        ownFields += cost.fields
      }
      calls = Math.max(calls, ownCalls)
      fields = Math.max(fields, ownFields)
    }
    return { calls, fields }
  }

  function costOfNode({ estimator, length, field, node, objects }: CostNode, entries: number): PlannedCost {
    if (estimator === null)
      return times(length === 'entries' ? entries : length(asking), costOfTree(objects, 0))
    const args = argumentsOf(field, node, variables)
    if (args === null) return IDLE
    checkLists(args)
    const cost = estimate(estimator, args, asking)
    if (cost === null) return IDLE
    const below = times(cost.objects, costOfTree(objects, cost.entries ?? 0))
    const own = cost.calls.expected === 0 ? IDLE.fields : 0
    return { calls: cost.calls.expected + below.calls, fields: own + below.fields }
  }
}

/** A field that asks nobody takes as long as so many others: it makes an error, or an empty page. */
const IDLE: PlannedCost = { calls: 0, fields: 100 }

function times(count: number, { calls, fields }: PlannedCost): PlannedCost {
  return { calls: count * calls, fields: count * fields }
}

/** Null if the field will refuse the arguments, before it asks anything. */
function estimate(estimator: Estimator<never>, args: Coerced, asking: Asking): FieldCost | null {
  try {
    // Coerced to what the field declares.
    return estimator(args as never, asking)
  } catch (error) {
    if (error instanceof BadInput) return null
    throw error
  }
}

function costTree({ schema, document, operation }: RequestedOperation, variables: Variables): CostTree {
  const root = schema.getRootType(operation.operation)
  if (!root) return []
  const fragments = fragmentsOf(document)
  const counts = { fields: 0, introspectionFields: 0 }
  return [branchOf(root, collectFields(schema, fragments, variables, root, operation.selectionSet))]

  function branchOf(type: GraphQLObjectType, fields: Fields): CostBranch {
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
      const isList = isListType(getNullableType(field.type))
      if (estimator !== null || objects.length > 0)
        found.push({ estimator, length: listLength(schema, coordinate, isList), field, node, objects })
    }
    return { fields: fields.size, nodes: found }
  }

  function objectsOf(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): CostTree {
    const named = getNamedType(field.type)
    const types = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : []
    return types.map((type) => branchOf(type, collectSubfields(schema, fragments, variables, type, nodes)))
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
  return new LimitExceeded(
    'list_entries',
    `${argument} has ${length} entries; at most ${MAX_LIST_ENTRIES} are allowed`,
    {
      extensions: { code: 'BAD_USER_INPUT', argument, http: { status: 400 } },
    },
  )
}

function tooLarge(limit: number): GraphQLError {
  return exceeded(
    'fields',
    `The operation has more than ${limit} fields when its fragments are expanded; select fewer fields`,
  )
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}
