import { Directive, Field, Int, ObjectType } from 'type-graphql'
import type { CdbTask as DomainCdbTask, TaskAttachment as DomainAttachment } from '../../providers/cdb/task'
import { Node } from './node.interface'
import { Task } from './task.interface'

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

  @Field(() => Int, {
    nullable: true,
    description: 'The code with which the task ended; 0 is success. Code. Null where it had none.',
  })
  get code(): number | null {
    return this.task.code
  }

  @Field(() => String, {
    nullable: true,
    description:
      'The id of the request that made the task; one request can make several. AsyncRequestId. Null where it was empty.',
  })
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
