import {
  isCdbTask,
  type CdbTask as DomainCdbTask,
  type TaskAttachment as DomainAttachment,
} from '../../providers/cdb/task'
import {
  isPostgresTask,
  type PostgresTask as DomainPostgresTask,
  type SwitchMode,
  type TaskStep as DomainStep,
} from '../../providers/postgres/task'
import type { Caller } from '../../tasks/caller'
import type { Task as DomainTask, TaskProvider } from '../../tasks/task'
import { Task, Node, toInstant } from './task.interface'
import { Directive, Field, Int, ObjectType } from 'type-graphql'
import { Optional, SwitchModeEnum, DateTime, JsonValue } from './scalars'

/** How the tasks of one product are shown. */
export interface TaskView {
  readonly provider: TaskProvider
  /** The name of its GraphQL type. */
  readonly typename: string
  /** SDL of what no class of this folder declares; absent where all is declared. */
  readonly typeDefs?: string
  /** Null for a task of another product. */
  show(task: DomainTask, caller: Caller): Task | null
}

/** A task as the caller may see it. */
export type ViewTask = (task: DomainTask) => Task

/** How the products are shown that the gateway ships with. */
export const TASK_VIEWS: readonly TaskView[] = [
  {
    provider: 'CDB',
    typename: 'CdbTask',
    show: (task) => (isCdbTask(task) ? new CdbTask(task) : null),
  },
  {
    provider: 'POSTGRES',
    typename: 'PostgresTask',
    show: (task, { details }) => (isPostgresTask(task) ? new PostgresTask(task, details) : null),
  },
]

/** Shows a task once, however many fields lead to it, so that what is derived from it is derived once. */
export function viewFor(views: readonly TaskView[], caller: Caller): ViewTask {
  const known = new Map<DomainTask, Task>()
  const show = (task: DomainTask): Task => {
    for (const view of views) {
      const shown = view.show(task, caller)
      if (shown !== null) return shown
    }
    throw new Error(`no GraphQL type shows the tasks of ${task.provider}`)
  }
  return (task) => {
    const shown = known.get(task) ?? show(task)
    known.set(task, shown)
    return shown
  }
}

@ObjectType({
  simpleResolvers: true,
  description: 'A key and its value that newer CDB tasks carry. TaskAttachInfo.',
})
export class TaskAttachment {
  @Field(() => String, { description: 'AttachKey; empty where it had none.' })
  readonly key: string

  @Field(() => String, { description: 'AttachValue; empty where it had none.' })
  readonly value: string

  constructor({ key, value }: DomainAttachment) {
    this.key = key
    this.value = value
  }
}

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  implements: [Node, Task],
  description: 'A task of TencentDB for MySQL.',
})
export class CdbTask extends Task {
  constructor(private readonly task: DomainCdbTask) {
    super(task)
  }

  @Optional(() => Int, 'The code with which the task ended; 0 is success. Code. Null where it had none.')
  get code(): number | null {
    return this.task.code
  }

  @Optional(
    () => String,
    'The id of the request that made the task; one request can make several. AsyncRequestId. Null where it was empty.',
  )
  get asyncRequestId(): string | null {
    return this.task.submissionId
  }

  @Field(() => [TaskAttachment], {
    description: 'What the task carries beside. TaskAttachInfo. Empty where it had none.',
  })
  get attachments(): readonly TaskAttachment[] {
    return this.task.attachments.map((attachment) => new TaskAttachment(attachment))
  }

  get __typename(): 'CdbTask' {
    return 'CdbTask'
  }
}

@ObjectType({
  simpleResolvers: true,
  description: 'One step of a Postgres task. An entry of TaskDetail.AllSteps.',
})
export class TaskStep {
  @Optional(() => Int, 'Place of the step, from 1. StepId. Null where it had none.')
  readonly stepId: number | null

  @Field(() => String, { description: 'What the step does. StepName; empty where it had none.' })
  readonly name: string

  @Optional(() => Int, 'Percent done, 0 to 100. StepProcess. Null where it had none.')
  readonly progress: number | null

  @Optional(() => String, 'What became of the step. StepMessage. Null where it had none.')
  readonly message: string | null

  constructor({ stepId, name, progress, message }: DomainStep) {
    this.stepId = stepId
    this.name = name
    this.progress = progress
    this.message = message
  }
}

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  implements: [Node, Task],
  description: 'A task of TencentDB for PostgreSQL.',
})
export class PostgresTask extends Task {
  private shownSteps: readonly TaskStep[] | null = null
  /** Undefined until it is parsed. */
  private parsedInput: unknown
  private parsedOutput: unknown

  constructor(
    private readonly task: DomainPostgresTask,
    private readonly maySeeDetails: boolean,
  ) {
    super(task)
  }

  @Optional(() => String, 'Name of the step under way. TaskDetail.CurrentStep. Null where it had none.')
  get currentStep(): string | null {
    return this.task.detail.currentStep
  }

  @Field(() => [TaskStep], {
    description:
      'The steps of the task. TaskDetail.AllSteps, parsed; empty where it was empty or no JSON. Upstream calls them a summary that may change.',
  })
  get steps(): readonly TaskStep[] {
    return (this.shownSteps ??= this.task.detail.steps.map((step) => new TaskStep(step)))
  }

  @Field(() => Boolean, { description: 'True where the caller may not see `input` and `output`.' })
  get detailHidden(): boolean {
    return !this.maySeeDetails
  }

  @Optional(
    () => JsonValue,
    'What the task was asked to do. TaskDetail.Input, parsed; the text itself where it is no JSON. Null where it was empty, or `detailHidden`.',
  )
  get input(): unknown {
    if (!this.maySeeDetails) return null
    if (this.parsedInput === undefined) this.parsedInput = this.task.detail.input
    return this.parsedInput
  }

  @Optional(
    () => JsonValue,
    'What the task brought. TaskDetail.Output, parsed; the text itself where it is no JSON. Null where it was empty, or `detailHidden`.',
  )
  get output(): unknown {
    if (!this.maySeeDetails) return null
    if (this.parsedOutput === undefined) this.parsedOutput = this.task.detail.output
    return this.parsedOutput
  }

  @Optional(
    () => SwitchModeEnum,
    'When the prepared change is switched to. TaskDetail.SwitchTag. Null where it had none.',
  )
  get switchMode(): SwitchMode | null {
    return this.task.detail.switchMode
  }

  @Optional(
    () => DateTime,
    'The time set for the switch, in UTC. TaskDetail.SwitchTime, UTC+8 there. Null where it had none.',
  )
  get switchAt(): Date | null {
    return toInstant(this.task.detail.switchSecond)
  }

  get __typename(): 'PostgresTask' {
    return 'PostgresTask'
  }
}
