import { Directive, Field, ID, Int, InterfaceType } from 'type-graphql'
import { int32 } from '../../lib/int32'
import { encodeTaskId, taskIdOf } from '../../tasks/id'
import {
  isFinished,
  type Task as DomainTask,
  type TaskProvider,
  type TaskStatus,
  type TaskType,
} from '../../tasks/task'
import { DatabaseInstance } from './database-instance.type'
import { TaskProviderEnum, TaskStatusEnum, TaskTypeEnum } from './enums'
import { Node } from './node.interface'
import { DateTime, toInstant } from './scalars'

@Directive('@key(fields: "id")')
@InterfaceType({
  implements: Node,
  description: 'One asynchronous job on a TencentDB instance, whichever product runs it.',
})
export abstract class Task extends Node {
  private encodedId: string | null = null
  private shownInstances: readonly DatabaseInstance[] | null = null

  constructor(private readonly facts: DomainTask) {
    super()
  }

  @Field(() => ID, {
    description:
      'Opaque and versioned; stable for the life of the task, and the same on every path. Made of source and number, and of what finds the task again in one call.',
  })
  override get id(): string {
    return (this.encodedId ??= encodeTaskId(taskIdOf(this.facts)))
  }

  @Field(() => TaskProviderEnum, { description: 'The product that runs the task.' })
  get provider(): TaskProvider {
    return this.facts.provider
  }

  @Field(() => String, {
    description: 'Name of the configured account; `default` where only one is configured.',
  })
  get account(): string {
    return this.facts.source.account
  }

  @Field(() => String, {
    nullable: true,
    description:
      'Region that the source was asked in, such as `ap-guangzhou`. Null where it is configured without one.',
  })
  get region(): string | null {
    return this.facts.source.region
  }

  @Field(() => String, {
    description:
      "The product's own number as exact decimal text, unique within its source. CDB JobId, Postgres TaskId.",
  })
  get taskId(): string {
    return this.facts.number.toString()
  }

  @Field(() => TaskTypeEnum, { description: 'What the task does. TaskType upstream.' })
  get type(): TaskType {
    return this.facts.type
  }

  @Field(() => String, {
    description:
      'The upstream word for the type, such as `OPEN GTID` or `RestartInstance`; empty where it had none.',
  })
  get rawType(): string {
    return this.facts.rawType
  }

  @Field(() => TaskStatusEnum, {
    description: 'What has become of the task. CDB TaskStatus, Postgres Status.',
  })
  get status(): TaskStatus {
    return this.facts.status
  }

  @Field(() => String, {
    description:
      'The upstream word for the status, such as `SUCCEED` or `WaitSwitch`; empty where it had none.',
  })
  get rawStatus(): string {
    return this.facts.rawStatus
  }

  @Field(() => Boolean, {
    description:
      'True with the status SUCCEEDED, FAILED, CANCELLED or REMOVED, and with UNKNOWN once its end has passed.',
  })
  get isFinished(): boolean {
    return isFinished(this.facts)
  }

  @Field(() => Int, {
    nullable: true,
    description: 'Percent done, 0 to 100. Progress upstream. Null where it had none in that range.',
  })
  get progress(): number | null {
    return this.facts.progress
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the task began, to the second, in UTC. StartTime upstream, UTC+8 there. Null while it has not begun.',
  })
  get startedAt(): Date | null {
    return toInstant(this.facts.startSecond)
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the task ended, to the second, in UTC. EndTime upstream, UTC+8 there. Null while it is unfinished.',
  })
  get endedAt(): Date | null {
    return toInstant(this.facts.endSecond)
  }

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds from `startedAt` to `endedAt`. Null until both are known, and beyond 2,147,483,647.',
  })
  get durationSeconds(): number | null {
    const { startSecond, endSecond } = this.facts
    return startSecond === null || endSecond === null ? null : int32(endSecond - startSecond)
  }

  @Field(() => String, {
    nullable: true,
    description:
      "The upstream's own text about the task, for people. CDB Message, Postgres TaskDetail.Message. Null where it had none.",
  })
  get message(): string | null {
    return this.facts.message
  }

  @Field(() => [DatabaseInstance], {
    description:
      'The instances that the task works on. CDB InstanceIds, Postgres DBInstanceId. Empty where it named none.',
  })
  get instances(): readonly DatabaseInstance[] {
    return (this.shownInstances ??= this.facts.instanceIds.map(
      (id) => new DatabaseInstance(id, this.facts.provider),
    ))
  }
}
