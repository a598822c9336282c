import { Directive, Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql'
import { int32 } from '../../lib/int32'
import { encodeTaskId, taskIdOf } from '../../tasks/id'
import {
  isFinished,
  type Task as DomainTask,
  type TaskProvider,
  type TaskStatus,
  type TaskType,
} from '../../tasks/task'
import { Optional, TaskProviderEnum, TaskStatusEnum, TaskTypeEnum, DateTime } from './scalars'

@InterfaceType({ description: 'Anything that can be fetched again by its id. Relay.' })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque; stable for the life of the object, and the same on every path.' })
  abstract readonly id: string
}

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

  @Optional(
    () => String,
    'Region that the source was asked in, such as `ap-guangzhou`. Null where it is configured without one.',
  )
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

  @Optional(() => Int, 'Percent done, 0 to 100. Progress upstream. Null where it had none in that range.')
  get progress(): number | null {
    return this.facts.progress
  }

  @Optional(
    () => DateTime,
    'When the task began, to the second, in UTC. StartTime upstream, UTC+8 there. Null while it has not begun.',
  )
  get startedAt(): Date | null {
    return toInstant(this.facts.startSecond)
  }

  @Optional(
    () => DateTime,
    'When the task ended, to the second, in UTC. EndTime upstream, UTC+8 there. Null while it is unfinished.',
  )
  get endedAt(): Date | null {
    return toInstant(this.facts.endSecond)
  }

  @Optional(
    () => Int,
    'Seconds from `startedAt` to `endedAt`. Null until both are known, and beyond 2,147,483,647.',
  )
  get durationSeconds(): number | null {
    const { startSecond, endSecond } = this.facts
    return startSecond === null || endSecond === null ? null : int32(endSecond - startSecond)
  }

  @Optional(
    () => String,
    "The upstream's own text about the task, for people. CDB Message, Postgres TaskDetail.Message. Null where it had none.",
  )
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

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description: 'A cloud database instance as the rest of the company graph knows it: by its cloud id.',
})
export class DatabaseInstance {
  @Field(() => ID, {
    description:
      "The cloud's own instance id, such as `cdb-c1nl9rpv` or `postgres-q6fj84vb`; not the id of a Node.",
  })
  readonly id: string

  // A subgraph that owns the instances can tell it of those that are none of ours, which we cannot.
  @Directive('@shareable')
  @Field(() => TaskProviderEnum, { description: 'The product of the instance.' })
  readonly provider: TaskProvider

  constructor(id: string, provider: TaskProvider) {
    this.id = id
    this.provider = provider
  }

  /** Lets GraphQL resolve the type of an object synchronously. */
  get __typename(): 'DatabaseInstance' {
    return 'DatabaseInstance'
  }
}

/** Unix seconds as the value of a DateTime. */
export function toInstant(second: number | null): Date | null {
  return second === null ? null : new Date(second * 1000)
}
