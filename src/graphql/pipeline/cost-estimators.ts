import type { Caller } from '../../tasks/caller'
import type { TaskFilter } from '../../tasks/filter'
import { NEWEST_FIRST } from '../../tasks/order'
import { NO_CALLS, sumOf, type CallEstimate, type PagePlan } from '../../tasks/plan'
import type { LookupQuestion, TaskService } from '../../tasks/service'
import { isInstanceId, toFilter, toOrder, type ListArguments } from '../schema/inputs'
import { only } from '../resolvers/resolve-page'
import { byRequest, byTaskNumber } from '../resolvers/resolve-lookup'
import { toLookup } from '../schema/submitted-task.input'
import type { ActivityArguments, WatchArguments } from '../resolvers/resolve-subscription'

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
