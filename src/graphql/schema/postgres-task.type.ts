import { Directive, Field, Int, ObjectType } from 'type-graphql'
import type {
  PostgresTask as DomainPostgresTask,
  SwitchMode,
  TaskStep as DomainStep,
} from '../../providers/postgres/task'
import { SwitchModeEnum } from './enums'
import { Node } from './node.interface'
import { DateTime, JsonValue, toInstant } from './scalars'
import { Task } from './task.interface'

@ObjectType({
  simpleResolvers: true,
  description: 'One step of a Postgres task. An entry of TaskDetail.AllSteps.',
})
export class TaskStep {
  @Field(() => Int, {
    nullable: true,
    description: 'Place of the step, from 1. StepId. Null where it had none.',
  })
  readonly stepId: number | null

  @Field(() => String, { description: 'What the step does. StepName; empty where it had none.' })
  readonly name: string

  @Field(() => Int, {
    nullable: true,
    description: 'Percent done, 0 to 100. StepProcess. Null where it had none.',
  })
  readonly progress: number | null

  @Field(() => String, {
    nullable: true,
    description: 'What became of the step. StepMessage. Null where it had none.',
  })
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

  @Field(() => String, {
    nullable: true,
    description: 'Name of the step under way. TaskDetail.CurrentStep. Null where it had none.',
  })
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

  @Field(() => JsonValue, {
    nullable: true,
    description:
      'What the task was asked to do. TaskDetail.Input, parsed; the text itself where it is no JSON. Null where it was empty, or `detailHidden`.',
  })
  get input(): unknown {
    if (!this.maySeeDetails) return null
    if (this.parsedInput === undefined) this.parsedInput = this.task.detail.input
    return this.parsedInput
  }

  @Field(() => JsonValue, {
    nullable: true,
    description:
      'What the task brought. TaskDetail.Output, parsed; the text itself where it is no JSON. Null where it was empty, or `detailHidden`.',
  })
  get output(): unknown {
    if (!this.maySeeDetails) return null
    if (this.parsedOutput === undefined) this.parsedOutput = this.task.detail.output
    return this.parsedOutput
  }

  @Field(() => SwitchModeEnum, {
    nullable: true,
    description: 'When the prepared change is switched to. TaskDetail.SwitchTag. Null where it had none.',
  })
  get switchMode(): SwitchMode | null {
    return this.task.detail.switchMode
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      'The time set for the switch, in UTC. TaskDetail.SwitchTime, UTC+8 there. Null where it had none.',
  })
  get switchAt(): Date | null {
    return toInstant(this.task.detail.switchSecond)
  }

  get __typename(): 'PostgresTask' {
    return 'PostgresTask'
  }
}
