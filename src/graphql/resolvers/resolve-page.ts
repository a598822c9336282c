import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type SelectionNode,
} from 'graphql'
import type { TaskFilter } from '../../tasks/filter'
import type { TaskPage } from '../../tasks/task-page'
import type { TaskProvider } from '../../tasks/task'
import type { GraphContext } from '../context'
import { toFilter, toOrder, type ListArguments } from '../schema/inputs'

/**
 * One page. Failures that the query does not select in `sources { error }` are in `errors[]`. If every source has
 * failed there is no page, and `errors[]` has one entry for each.
 */
export async function listPage(
  { core, caller, scope, cost, partialErrors }: GraphContext,
  info: GraphQLResolveInfo,
  args: ListArguments,
  narrow: (filter: TaskFilter) => TaskFilter,
): Promise<TaskPage | null> {
  const filter = narrow(toFilter(args.filter))
  const order = toOrder(args.orderBy)
  const isCounted = selects(info, 'totalCount') || selects(info, 'sources', 'totalCount')
  const page = await core.list({ page: args, filter, order, isCounted }, caller, scope, cost)
  if (page.hasFailed || !selects(info, 'sources', 'error')) {
    const missing = page.sources.filter(({ isMissing }) => isMissing)
    partialErrors.add(
      missing.flatMap(({ source, failure }) => (failure === null ? [] : [{ source, failure }])),
      info,
    )
  }
  return page.hasFailed ? null : page
}

/** Leaves a filter only the tasks of one product. */
export function only(provider: TaskProvider): (filter: TaskFilter) => TaskFilter {
  return (filter) => ({ ...filter, providers: intersect(filter.providers, provider) })
}

/** Both parts must hold: what is in only one of two lists is in neither. */
export function intersect<T>(list: readonly T[] | undefined, only: T): readonly T[] {
  return list === undefined || list.includes(only) ? [only] : []
}

/** True where the field's own selection holds the path of field names, whatever their aliases and fragments. */
function selects(info: GraphQLResolveInfo, ...path: readonly string[]): boolean {
  let fields: readonly FieldNode[] = info.fieldNodes
  for (const name of path) {
    fields = fields
      .flatMap((field) => fieldsOf(field.selectionSet?.selections ?? [], info))
      .filter((field) => field.name.value === name)
  }
  return fields.length > 0
}

/** The types of our connections have no subtypes, so that a fragment's type condition always holds. */
function fieldsOf(selections: readonly SelectionNode[], info: GraphQLResolveInfo): readonly FieldNode[] {
  return selections
    .filter((node) => isIncluded(node, info))
    .flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node]
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? info.fragments[node.name.value] : node
      return fragment === undefined ? [] : fieldsOf(fragment.selectionSet.selections, info)
    })
}

function isIncluded(node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues)
  const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues)
  return skip?.['if'] !== true && include?.['if'] !== false
}
