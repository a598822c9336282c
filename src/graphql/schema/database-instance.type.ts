import { Directive, Field, ID, ObjectType } from 'type-graphql'
import type { TaskProvider } from '../../tasks/task'
import { TaskProviderEnum } from './enums'

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

  /** Tells GraphQL the type of an object without asking. */
  get __typename(): 'DatabaseInstance' {
    return 'DatabaseInstance'
  }
}
