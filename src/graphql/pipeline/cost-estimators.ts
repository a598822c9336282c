import type { Caller } from '../../tasks/caller'
import type { TaskFilter } from '../../tasks/filter'
import { NEWEST_FIRST } from '../../tasks/order'
import { NO_CALLS, sumOf, type CallEstimate, type PagePlan } from '../../tasks/plan'
import type { LookupQuestion, TaskService } from '../../tasks/service'
import {
  byRequest,
  byTaskNumber,
  isInstanceId,
  toFilter,
  toOrder,
  type ListArguments,
  toLookup,
} from '../schema/inputs'
import { only } from '../resolvers/task-list.resolver'
import type { ActivityArguments, WatchArguments } from '../resolvers/subscription.resolver'
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'

/** What a field would ask of the upstreams, and how much it can give. */
export interface FieldCost {
  /** Calls for the field itself. */
  readonly calls: CallEstimate
  /** How many objects it can give, equal ones included: whatever is selected on them is asked and shown as often. */
  readonly objects: number
  /** The most entries of the lists on such an object whose length the arguments decide, `edges` and `nodes`. */
  readonly entries?: number
}

/** Who asks, and whom. */
export interface Asking {
  readonly core: TaskService
  readonly caller: Caller
}

/** One request makes one task, as a rule. */
const LOOKED_UP = 1

interface Where {
  readonly account?: string | null
  readonly region?: string | null
}

/** From the arguments as the field declares them. @throws BadInput where the field would refuse them */
export type Estimator<Arguments> = (args: Arguments, asking: Asking) => FieldCost

/** Every field that asks the upstreams. All others are free. */
export const COST_ESTIMATORS: Readonly<Record<string, Estimator<never>>> = {
  'Query.tasks': page((filter) => filter),
  'Query.cdbTasks': page(only('CDB')),
  'Query.postgresTasks': page(only('POSTGRES')),
  'DatabaseInstance.tasks': instanceTasks,
  'Query.task': (_args, asking) => finds(['one'], asking),
  'Query.node': (_args, asking) => finds(['one'], asking),
  'Query.nodes': ({ ids }: { ids: readonly string[] }, asking) => finds(ids, asking),
  'Query.cdbTasksByRequest': (args: Where & { asyncRequestId: string }, asking) =>
    lookup({ provider: 'CDB', ...byRequest(args.asyncRequestId, 'asyncRequestId') }, args, asking),
  'Query.postgresTask': (args: Where & { taskId: string }, asking) =>
    lookup({ provider: 'POSTGRES', ...byTaskNumber(args.taskId, 'taskId') }, args, asking),
  'Query._entities': entities,
  'Subscription.taskUpdated': watch,
  'Subscription.taskActivity': ({ filter }: ActivityArguments, asking) => ({
    calls: asking.core.plan({ page: {}, filter: toFilter(filter), order: NEWEST_FIRST }, asking.caller).calls,
    objects: 1,
  }),
}

function page(narrow: (filter: TaskFilter) => TaskFilter): Estimator<ListArguments> {
  return (args, asking) => {
    const { calls, tasks } = plan(args, narrow(toFilter(args.filter)), asking)
    return { calls, objects: 1, entries: tasks }
  }
}

function plan(args: ListArguments, filter: TaskFilter, { core, caller }: Asking): PagePlan {
  return core.plan({ page: args, filter, order: toOrder(args.orderBy) }, caller)
}

/** The product of an instance is not known before: that of the most calls. */
function instanceTasks(args: ListArguments, asking: Asking): FieldCost {
  const filter = toFilter(Object.assign({}, args.filter, { instanceIds: null }))
  const products = new Set(asking.core.sources(asking.caller).map(({ key }) => key.provider))
  return [...products]
    .map((product) => plan(args, only(product)(filter), asking))
    .reduce<FieldCost>(
      (most, { calls, tasks }) =>
        calls.expected > most.calls.expected ? { calls, objects: 1, entries: tasks } : most,
      { calls: NO_CALLS, objects: 1, entries: 0 },
    )
}

/** Equal ids are looked for once. */
function finds(ids: readonly string[], { core, caller }: Asking): FieldCost {
  return { calls: core.planFinds(new Set(ids).size, caller), objects: ids.length }
}

function lookup(
  by: Pick<LookupQuestion, 'provider' | 'filter' | 'argument'>,
  { account = null, region = null }: Where,
  { core, caller }: Asking,
): FieldCost {
  return { calls: core.planLookup({ account, region, ...by }, caller).calls, objects: LOOKED_UP }
}

/** With the first state of each task, which comes at once. */
function watch({ ids, submitted }: WatchArguments, asking: Asking): FieldCost {
  const { core, caller } = asking
  const watched = [...new Set(ids)]
  const looked = submitted ? core.planLookup(toLookup(submitted), caller).calls : NO_CALLS
  return {
    calls: sumOf([finds(watched, asking).calls, looked]),
    objects: watched.length + (submitted ? LOOKED_UP : 0),
  }
}

/** A representation of an instance is complete by itself; any other is found by its id, or wrong. */
function entities({ representations }: { representations: readonly unknown[] }, asking: Asking): FieldCost {
  const { core, caller } = asking
  const found = representations.filter((one) => !isInstance(one)).length
  return { calls: core.planFinds(found, caller), objects: representations.length }
}

function isInstance(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return (
    isObject &&
    '__typename' in value &&
    value.__typename === 'DatabaseInstance' &&
    'id' in value &&
    isInstanceId(value.id)
  )
}

/** How many objects a free field gives; `entries` of those that the arguments of the field above it decide. */
export type ListLength = 'entries' | ((asking: Asking) => number)

/** Of a list whose length only the upstream decides. */
const USUAL_LENGTH = 10

const one: ListLength = () => 1
const usual: ListLength = () => USUAL_LENGTH
const sources: ListLength = ({ core, caller }) => core.sources(caller).length

/** By the name of the field; as all types of connections have the same. */
const LENGTHS: Readonly<Record<string, ListLength>> = {
  edges: 'entries',
  nodes: 'entries',
  sources,
  taskSources: sources,
  // Nearly every task works on one.
  instances: one,
}

const introspection = new WeakMap<GraphQLSchema, Readonly<Record<string, number>>>()

/** How many objects the field of that coordinate gives, if no estimator says. */
export function listLength(schema: GraphQLSchema, coordinate: string, isList: boolean): ListLength {
  if (!isList) return one
  const [type = '', name = ''] = coordinate.split('.')
  if (!type.startsWith('__')) return (Object.hasOwn(LENGTHS, name) ? LENGTHS[name] : undefined) ?? usual
  const known = introspection.get(schema) ?? introspectionLengths(schema)
  introspection.set(schema, known)
  const length = known[coordinate] ?? USUAL_LENGTH
  return () => length
}

/** How many entries the lists of introspection have on average. */
function introspectionLengths(schema: GraphQLSchema): Readonly<Record<string, number>> {
  const types = Object.values(schema.getTypeMap())
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type))
  const fields = composite.flatMap((type) => Object.values(type.getFields()))
  const average = (of: readonly unknown[], sum: number) => (of.length === 0 ? 0 : sum / of.length)
  const sizeOf = (type: GraphQLNamedType): number =>
    isInputObjectType(type) ? Object.keys(type.getFields()).length : 0
  const enums = types.filter(isEnumType)
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  return {
    '__Schema.types': types.length,
    '__Schema.directives': schema.getDirectives().length,
    '__Type.fields': average(types, fields.length),
    '__Type.inputFields': average(types, sum(types.map(sizeOf))),
    '__Type.enumValues': average(types, sum(enums.map((type) => type.getValues().length))),
    '__Type.interfaces': average(types, sum(composite.map((type) => type.getInterfaces().length))),
    '__Type.possibleTypes': 1,
    '__Field.args': average(fields, sum(fields.map(({ args }) => args.length))),
    '__Directive.args': 1,
  }
}
