import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql'
import type { Activity } from '../../live/live'
import type { Task as DomainTask } from '../../tasks/task'
import type { GraphContext } from '../context'
import { LimitExceeded } from '../refusal'
import { TaskFilter, toFilter, SubmittedTask, toLookup } from '../schema/inputs'
import { TaskActivity, viewActivity } from '../schema/task-activity.type'
import { Task } from '../schema/task.interface'
import { BadInput } from '../../tasks/bad-input'

/** What a subscription is begun with. */
interface Begun<Arguments> {
  readonly args: Arguments
  readonly context: GraphContext
}

@Resolver()
export class SubscriptionResolver {
  @Subscription(() => Task, {
    subscribe: ({ args, context }: Begun<WatchArguments>) => watchTasks(context, args),
    description:
      'The current state of each task at once, then every net change; a slow reader gets the latest state. Completes when all are finished. `ids` or `submitted` must be given, or both.',
  })
  taskUpdated(
    @Arg('ids', () => [ID], {
      nullable: true,
      description:
        'Ids of tasks, at most TASK_GATEWAY_LIVE_IDS_PER_SUBSCRIPTION. One that the upstream does not know (yet) is waited for.',
    })
    _ids: string[] | null | undefined,
    @Arg('submitted', () => SubmittedTask, {
      nullable: true,
      description:
        'Tasks that an operation just made. Waited for up to 60 seconds, then BAD_USER_INPUT where there are none.',
    })
    _submitted: SubmittedTask | null | undefined,
    @Root() task: DomainTask,
    @Ctx() { view }: GraphContext,
  ): Task {
    return view(task)
  }

  @Subscription(() => TaskActivity, {
    subscribe: ({ args, context }: Begun<ActivityArguments>) => followActivity(context, args),
    description:
      'What starts, moves and ends, and which sources go and come back; from now on, or since an event seen before. Never completes by itself.',
  })
  taskActivity(
    @Arg('filter', () => TaskFilter, {
      nullable: true,
      description: 'Which tasks to tell of; all of them where null or absent.',
    })
    _filter: TaskFilter | null | undefined,
    @Arg('since', () => String, {
      nullable: true,
      description:
        'The cursor of the event last seen: what came after it comes first, or a TaskGapEvent where that is not known any more. From now on where null or absent.',
    })
    _since: string | null | undefined,
    @Root() activity: Activity,
    @Ctx() { view }: GraphContext,
  ): typeof TaskActivity {
    return viewActivity(activity, view)
  }
}

export interface WatchArguments {
  readonly ids?: readonly string[] | null
  readonly submitted?: SubmittedTask | null
}

export interface ActivityArguments {
  readonly filter?: TaskFilter | null
  readonly since?: string | null
}

/** @throws BadInput where no task is named, or one is named wrongly; LimitExceeded where too many are */
function watchTasks(
  { core, live, maxWatchedIds, caller, scope }: GraphContext,
  { ids, submitted }: WatchArguments,
): AsyncIterable<DomainTask> {
  const watched = ids ?? []
  if (watched.length === 0 && !submitted)
    throw new BadInput('ids', 'no task is named; give ids, or submitted, or both')
  if (watched.length > maxWatchedIds)
    throw new LimitExceeded(
      'watched_ids',
      `ids has ${watched.length} entries; at most ${maxWatchedIds} are allowed`,
      { extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } },
    )
  const question = {
    ids: watched.map((id) => core.readId(id, 'ids')),
    submitted: submitted ? toLookup(submitted) : null,
  }
  return live.watch(question, caller, scope.signal)
}

/** @throws BadInput where the filter breaks a rule */
function followActivity(
  { live, caller, scope }: GraphContext,
  { filter, since }: ActivityArguments,
): AsyncIterable<Activity> {
  return live.activity({ filter: toFilter(filter), since: since ?? null }, caller, scope.signal)
}
