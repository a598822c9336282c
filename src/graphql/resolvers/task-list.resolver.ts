import {
  type GraphQLResolveInfo,
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type SelectionNode,
} from 'graphql'
import { Args, Ctx, Directive, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql'
import { CACHE_HINT } from '../schema/scalars'
import {
  CdbTaskConnection,
  PostgresTaskConnection,
  TaskConnection,
  type Connection,
} from '../schema/connection.type'
import type { GraphContext } from '../context'
import { DatabaseInstance } from '../schema/task.interface'
import { ListArguments, toFilter, toOrder } from '../schema/inputs'
import type { TaskFilter } from '../../tasks/filter'
import type { TaskPage } from '../../tasks/list-tasks'
import type { TaskProvider } from '../../tasks/task'

@Resolver(() => DatabaseInstance)
export class TaskListResolver {
  @Directive(CACHE_HINT)
  @Query(() => TaskConnection, {
    nullable: true,
    description:
      'The tasks of all sources in one order. Null, with an error for each source, where none could be asked.',
  })
  async tasks(
    @Args(() => ListArguments) args: ListArguments,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection | null> {
    const page = await listPage(context, info, args, (filter) => filter)
    return page && new TaskConnection(page, context.view)
  }

  @Directive(CACHE_HINT)
  @Query(() => CdbTaskConnection, {
    nullable: true,
    description:
      'The tasks of TencentDB for MySQL. Null, with an error for each source, where none could be asked.',
  })
  async cdbTasks(
    @Args(() => ListArguments) args: ListArguments,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection | null> {
    const page = await listPage(context, info, args, only('CDB'))
    return page && new CdbTaskConnection(page, context.view)
  }

  @Directive(CACHE_HINT)
  @Query(() => PostgresTaskConnection, {
    nullable: true,
    description:
      'The tasks of TencentDB for PostgreSQL. Null, with an error for each source, where none could be asked.',
  })
  async postgresTasks(
    @Args(() => ListArguments) args: ListArguments,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection | null> {
    const page = await listPage(context, info, args, only('POSTGRES'))
    return page && new PostgresTaskConnection(page, context.view)
  }

  @Directive(CACHE_HINT)
  @FieldResolver(() => TaskConnection, {
    name: 'tasks',
    nullable: true,
    description:
      'The tasks that work on this instance. Null, with an error for each source, where none could be asked.',
  })
  async instanceTasks(
    @Root() instance: DatabaseInstance,
    @Args(() => ListArguments) args: ListArguments,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection | null> {
    const page = await listPage(context, info, args, (filter) => ({
      ...only(instance.provider)(filter),
      instanceIds: intersect(filter.instanceIds, instance.id),
    }))
    return page && new TaskConnection(page, context.view)
  }
}

/**
 * One page. Failures that the query does not select in `sources { error }` are in `errors[]`. If every source has
 * failed there is no page, and `errors[]` has one entry for each.
 */
async function listPage(
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
function intersect<T>(list: readonly T[] | undefined, only: T): readonly T[] {
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
