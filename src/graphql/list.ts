import type { GraphQLResolveInfo } from 'graphql'
import type { TaskFilter } from '../tasks/filter'
import { hasFailed, type TaskPage } from '../tasks/task-page'
import type { GraphContext } from './context'
import { toFilter, toOrder, type ListArguments } from './inputs'
import { selects } from './selection'

/**
 * One page. Failures that the query has not asked for in `sources { error }` are told in `errors[]`; where every
 * source has failed there is no page, and each is told there.
 */
export async function listPage(
  { core, caller, scope, cost, problems }: GraphContext,
  info: GraphQLResolveInfo,
  args: ListArguments,
  narrow: (filter: TaskFilter) => TaskFilter,
): Promise<TaskPage | null> {
  const filter = narrow(toFilter(args.filter))
  const order = toOrder(args.orderBy)
  const isCounted = selects(info, 'totalCount') || selects(info, 'sources', 'totalCount')
  const page = await core.list({ page: args, filter, order, isCounted }, caller, scope, cost)
  const failed = hasFailed(page, (source) => source.plan(filter, order).length > 0)
  if (failed || !selects(info, 'sources', 'error')) {
    const missing = page.sources.filter(({ isMissing }) => isMissing)
    problems.add(
      missing.flatMap(({ source, failure }) => (failure === null ? [] : [{ source, failure }])),
      info,
    )
  }
  return failed ? null : page
}

/** Both parts must hold: what is in only one of two lists is in neither. */
export function intersect<T>(list: readonly T[] | undefined, only: T): readonly T[] {
  return list === undefined || list.includes(only) ? [only] : []
}
