import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, Directive, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql'
import { CACHE_HINT } from '../schema/cache-hint'
import {
  CdbTaskConnection,
  PostgresTaskConnection,
  TaskConnection,
  type Connection,
} from '../schema/connection.type'
import type { GraphContext } from '../context'
import { DatabaseInstance } from '../schema/database-instance.type'
import { ListArguments } from '../schema/inputs'
import { intersect, listPage, only } from './resolve-page'

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
