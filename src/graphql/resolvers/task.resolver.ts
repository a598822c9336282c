import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Directive, ID, Info, Query, Resolver } from 'type-graphql'
import { CACHE_HINT } from '../schema/cache-hint'
import { CdbTask } from '../schema/cdb-task.type'
import type { GraphContext } from '../context'
import { byRequest, byTaskNumber, lookUpTask, lookUpTasks } from './resolve-lookup'
import { Node } from '../schema/node.interface'
import { loadNodes, loadTask } from './resolve-task'
import { PostgresTask } from '../schema/postgres-task.type'
import { TaskSource } from '../schema/task-source.type'
import { Task } from '../schema/task.interface'

const ACCOUNT = 'Name of a configured account; all of them where absent.'
const REGION = 'A configured region; all of them where absent.'

@Resolver()
export class TaskResolver {
  @Query(() => Task, {
    nullable: true,
    description:
      'One task by its id. Null where the upstream does not know it (yet); an error where it could not be asked.',
  })
  task(
    @Arg('id', () => ID, { description: 'The id of a task.' }) id: string,
    @Ctx() context: GraphContext,
  ): Promise<Task | null> {
    return loadTask(context, id)
  }

  @Query(() => Node, {
    nullable: true,
    description: 'One object by its id. Relay. Null where there is none.',
  })
  node(
    @Arg('id', () => ID, { description: 'The id of an object.' }) id: string,
    @Ctx() context: GraphContext,
  ): Promise<Node | null> {
    return loadTask(context, id)
  }

  @Query(() => [Node], {
    nullable: 'items',
    description:
      'Objects by their ids, in their order. Relay. Null in the place of an id that there is none for.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'At most 100 ids.' }) ids: string[],
    @Ctx() context: GraphContext,
  ): readonly Promise<Node | null>[] {
    return loadNodes(context, ids)
  }

  @Directive(CACHE_HINT)
  @Query(() => [CdbTask], {
    nullable: true,
    description:
      'The tasks that one CDB request made: an operation returns its request id, and can make several. Empty where there are none (yet). Null, with an error for each source, where none could be asked.',
  })
  cdbTasksByRequest(
    @Arg('asyncRequestId', () => String, { description: 'AsyncRequestId as a CDB operation returned it.' })
    asyncRequestId: string,
    @Arg('account', () => String, { nullable: true, description: ACCOUNT })
    account: string | null | undefined,
    @Arg('region', () => String, { nullable: true, description: REGION }) region: string | null | undefined,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<readonly Task[] | null> {
    return lookUpTasks(context, info, {
      provider: 'CDB',
      account: account ?? null,
      region: region ?? null,
      ...byRequest(asyncRequestId, 'asyncRequestId'),
    })
  }

  @Directive(CACHE_HINT)
  @Query(() => PostgresTask, {
    nullable: true,
    description:
      'One Postgres task by its number. Null where no region has it (yet). Where two have it, `region` must say which.',
  })
  postgresTask(
    @Arg('taskId', () => String, {
      description: 'TaskId, or the FlowId that an operation returned, as decimal text.',
    })
    taskId: string,
    @Arg('account', () => String, { nullable: true, description: ACCOUNT })
    account: string | null | undefined,
    @Arg('region', () => String, { nullable: true, description: REGION }) region: string | null | undefined,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Task | null> {
    return lookUpTask(context, info, {
      provider: 'POSTGRES',
      account: account ?? null,
      region: region ?? null,
      ...byTaskNumber(taskId, 'taskId'),
    })
  }

  @Query(() => [TaskSource], { description: 'The upstream lists that the gateway asks, and how they are.' })
  taskSources(@Ctx() { core, caller }: GraphContext): readonly TaskSource[] {
    return core.sources(caller).map((source) => new TaskSource(source))
  }
}
