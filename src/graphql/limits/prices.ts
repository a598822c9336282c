import {
  type Arguments,
  countOf,
  instanceListCalls,
  isRecord,
  listCalls,
  lookupCalls,
  pageSize,
  type Planned,
} from './plan'

/** What a field plans to ask of the upstreams. */
export interface Price {
  /** Calls for the field itself. */
  readonly calls: number
  /** How many objects it can give: whatever is selected on them is planned as often. */
  readonly times: number
}

export type Pricing = (args: Arguments, planned: Planned) => Price

/** Every field that asks the upstreams. All others are free, and give one object. */
export const PRICES: Readonly<Record<string, Pricing>> = {
  'Query.tasks': (args, planned) => priceOfPage(args, listCalls(args, planned)),
  'Query.cdbTasks': (args, planned) => priceOfPage(args, listCalls(args, planned, 'CDB')),
  'Query.postgresTasks': (args, planned) => priceOfPage(args, listCalls(args, planned, 'POSTGRES')),
  'DatabaseInstance.tasks': (args, planned) => priceOfPage(args, instanceListCalls(args, planned)),
  'Query.task': () => ({ calls: 1, times: 1 }),
  'Query.node': () => ({ calls: 1, times: 1 }),
  'Query.nodes': ({ ids }) => ({ calls: countOf(ids), times: countOf(ids) }),
  'Query.cdbTasksByRequest': (args, planned) => ({ calls: lookupCalls(args, planned, 'CDB'), times: 1 }),
  'Query.postgresTask': (args, planned) => ({ calls: lookupCalls(args, planned, 'POSTGRES'), times: 1 }),
  'Query._entities': ({ representations }) => priceOfEntities(representations),
  'Subscription.taskUpdated': ({ ids, submitted }, planned) => ({
    calls: countOf(ids) + (isRecord(submitted) ? lookupCalls(submitted, planned) : 0),
    times: 1,
  }),
  'Subscription.taskActivity': (args, planned) => ({ calls: listCalls(args, planned), times: 1 }),
}

/** Where nothing is asked, the page is empty. */
function priceOfPage(args: Arguments, calls: number): Price {
  return { calls, times: calls === 0 ? 0 : pageSize(args) }
}

/** A representation of an instance is complete by itself; any other is looked up. */
function priceOfEntities(representations: unknown): Price {
  const list: readonly unknown[] = Array.isArray(representations) ? representations : []
  const isInstance = (one: unknown) => isRecord(one) && one['__typename'] === 'DatabaseInstance'
  return { calls: list.filter((one) => !isInstance(one)).length, times: list.length }
}
