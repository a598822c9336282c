import { Field, Int, ObjectType } from 'type-graphql'
import type { SourceResult } from '../../tasks/task-page'
import { TaskSource, UpstreamError } from './task-source.type'

@ObjectType({
  simpleResolvers: true,
  description: 'What one source contributed to a list, so that an outage cannot look like "no tasks".',
})
export class TaskSourceResult {
  constructor(private readonly result: SourceResult) {}

  @Field(() => TaskSource, { description: 'The source.' })
  get source(): TaskSource {
    return new TaskSource(this.result.source)
  }

  @Field(() => Int, {
    nullable: true,
    description: 'How many of its tasks match: exact, or null where no exact figure is to be had.',
  })
  get totalCount(): Promise<number | null> {
    return this.result.totalCount()
  }

  @Field(() => UpstreamError, {
    nullable: true,
    description:
      'Why its tasks are missing from this page; they come on a later one. Or why its order cannot be trusted. Null where all is well.',
  })
  get error(): UpstreamError | null {
    const { failure } = this.result
    return failure === null ? null : new UpstreamError(failure)
  }
}
