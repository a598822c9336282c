import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Directive, ID, Info, Query, Resolver } from 'type-graphql'
import { CACHE_HINT } from '../schema/scalars'
import { CdbTask, PostgresTask } from '../schema/task-view'
import type { GraphContext } from '../context'
import { byRequest, byTaskNumber } from '../schema/inputs'
import { Node, Task } from '../schema/task.interface'
import { TaskSource } from '../schema/task-source.type'
import { BadInput } from '../../tasks/bad-input'
import type { LookupQuestion } from '../../tasks/service'

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

/** All tasks found. Sources that failed are in `errors[]`; null if all have failed. */
async function lookUpTasks(
  { core, caller, scope, cost, partialErrors, view }: GraphContext,
  info: GraphQLResolveInfo,
  question: LookupQuestion,
): Promise<readonly Task[] | null> {
  const { tasks, failures, asked } = await core.lookup(question, caller, scope, cost)
  partialErrors.add(failures, info)
  return asked > 0 && failures.length === asked ? null : tasks.map(view)
}

/** The one that is found. @throws BadInput where several are */
async function lookUpTask(
  context: GraphContext,
  info: GraphQLResolveInfo,
  question: LookupQuestion,
): Promise<Task | null> {
  const [task, other] = (await lookUpTasks(context, info, question)) ?? []
  if (task === undefined || other === undefined) return task ?? null
  const missing = task.account === other.account ? 'region' : 'account'
  throw new BadInput(
    missing,
    `the task number is found in more than one ${missing}; say which by the argument ${missing}`,
  )
}

const MAX_NODES = 100

/** The task of that id, through the request's loader. @throws BadInput, SourceUnavailable */
export async function loadTask({ loader, view }: GraphContext, id: string): Promise<Task | null> {
  const task = await loader.load(id)
  return task && view(task)
}

/** Each in its place, so that one that fails leaves the others. @throws BadInput where there are too many */
function loadNodes(context: GraphContext, ids: readonly string[]): readonly Promise<Task | null>[] {
  if (ids.length > MAX_NODES)
    throw new BadInput('ids', `ids has ${ids.length} entries; at most ${MAX_NODES} are allowed`)
  return ids.map((id) => loadTask(context, id))
}
