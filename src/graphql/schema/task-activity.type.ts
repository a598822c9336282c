import { createUnionType, Field, ObjectType } from 'type-graphql'
import type { Activity, Gap, SourceChange, TaskChange, TaskChangeKind } from '../../live/live'
import type { TaskStatus } from '../../tasks/task'
import { TaskEventKindEnum, TaskStatusEnum, DateTime } from './scalars'
import { TaskSource, UpstreamError } from './task-source.type'
import type { ViewTask } from './task-view'
import { Task } from './task.interface'

const CURSOR =
  'The place of this event, for `since`. Good at the replica that sent it, and for as long as that keeps its events.'
const OBSERVED_AT =
  'When the upstream was asked that showed it, in UTC, by the clock of the gateway; not when it happened there.'

@ObjectType({ simpleResolvers: true, description: 'A task began, moved or ended.' })
export class TaskEvent {
  constructor(
    private readonly change: TaskChange,
    private readonly view: ViewTask,
  ) {}

  @Field(() => String, { description: CURSOR })
  get cursor(): string {
    return this.change.cursor
  }

  @Field(() => DateTime, { description: OBSERVED_AT })
  get observedAt(): Date {
    return new Date(this.change.observedMs)
  }

  @Field(() => TaskEventKindEnum, { description: 'What became of the task since the event before.' })
  get kind(): TaskChangeKind {
    return this.change.kind
  }

  @Field(() => Task, { description: 'The task as it is now.' })
  get task(): Task {
    return this.view(this.change.task)
  }

  @Field(() => TaskStatusEnum, {
    nullable: true,
    description: 'What it was before. Null where the task was not known before.',
  })
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
export class TaskSourceEvent {
  constructor(private readonly change: SourceChange) {}

  @Field(() => String, { description: CURSOR })
  get cursor(): string {
    return this.change.cursor
  }

  @Field(() => DateTime, { description: OBSERVED_AT })
  get observedAt(): Date {
    return new Date(this.change.observedMs)
  }

  @Field(() => TaskSource, { description: 'The source.' })
  get source(): TaskSource {
    return new TaskSource(this.change.source)
  }

  @Field(() => UpstreamError, {
    nullable: true,
    description: 'Why it is down. Null where it came back.',
  })
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
export class TaskGapEvent {
  constructor(private readonly gap: Gap) {}

  @Field(() => String, { description: CURSOR })
  get cursor(): string {
    return this.gap.cursor
  }

  @Field(() => DateTime, { description: OBSERVED_AT })
  get observedAt(): Date {
    return new Date(this.gap.observedMs)
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
