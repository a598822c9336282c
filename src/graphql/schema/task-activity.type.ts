import { createUnionType, Field, ObjectType } from 'type-graphql'
import type { Activity, Gap, SourceChange, TaskChange, TaskChangeKind } from '../../live/live'
import type { TaskStatus } from '../../tasks/task'
import { Optional, TaskEventKindEnum, TaskStatusEnum, DateTime } from './scalars'
import { TaskSource, UpstreamError } from './task-source.type'
import type { ViewTask } from './task-view'
import { Task } from './task.interface'

/** What all events have. */
@ObjectType({ simpleResolvers: true })
abstract class ActivityEvent {
  constructor(private readonly event: Pick<Activity, 'cursor' | 'observedMs'>) {}

  @Field(() => String, {
    description:
      'The place of this event, for `since`. Good at the replica that sent it, and for as long as that keeps its events.',
  })
  get cursor(): string {
    return this.event.cursor
  }

  @Field(() => DateTime, {
    description:
      'When the upstream was asked that showed it, in UTC, by the clock of the gateway; not when it happened there.',
  })
  get observedAt(): Date {
    return new Date(this.event.observedMs)
  }
}

@ObjectType({ simpleResolvers: true, description: 'A task began, moved or ended.' })
export class TaskEvent extends ActivityEvent {
  constructor(
    private readonly change: TaskChange,
    private readonly view: ViewTask,
  ) {
    super(change)
  }

  @Field(() => TaskEventKindEnum, { description: 'What became of the task since the event before.' })
  get kind(): TaskChangeKind {
    return this.change.kind
  }

  @Field(() => Task, { description: 'The task as it is now.' })
  get task(): Task {
    return this.view(this.change.task)
  }

  @Optional(() => TaskStatusEnum, 'What it was before. Null where the task was not known before.')
  get previousStatus(): TaskStatus | null {
    return this.change.previousStatus
  }

  get __typename(): 'TaskEvent' {
    return 'TaskEvent'
  }
}

@ObjectType({
  simpleResolvers: true,
  description:
    'A source went down or came back. While it is down nothing is known of its tasks; what changed comes when it is back.',
})
export class TaskSourceEvent extends ActivityEvent {
  constructor(private readonly change: SourceChange) {
    super(change)
  }

  @Field(() => TaskSource, { description: 'The source.' })
  get source(): TaskSource {
    return new TaskSource(this.change.source)
  }

  @Optional(() => UpstreamError, 'Why it is down. Null where it came back.')
  get error(): UpstreamError | null {
    const { failure } = this.change
    return failure === null ? null : new UpstreamError(failure)
  }

  get __typename(): 'TaskSourceEvent' {
    return 'TaskSourceEvent'
  }
}

@ObjectType({
  simpleResolvers: true,
  description: 'Events are missing here: whoever shows tasks must load them again, and can then go on.',
})
export class TaskGapEvent extends ActivityEvent {
  constructor(private readonly gap: Gap) {
    super(gap)
  }

  @Field(() => String, { description: 'Why, for people.' })
  get reason(): string {
    return this.gap.reason
  }

  get __typename(): 'TaskGapEvent' {
    return 'TaskGapEvent'
  }
}

export const TaskActivity = createUnionType({
  name: 'TaskActivity',
  description: 'What happened to tasks, and to the sources that tell of them.',
  types: () => [TaskEvent, TaskSourceEvent, TaskGapEvent] as const,
})

/** An event as GraphQL shows it. */
export function viewActivity(activity: Activity, view: ViewTask): TaskEvent | TaskSourceEvent | TaskGapEvent {
  switch (activity.is) {
    case 'task':
      return new TaskEvent(activity, view)
    case 'source':
      return new TaskSourceEvent(activity)
    case 'gap':
      return new TaskGapEvent(activity)
  }
}
