import type { GraphQLSchema } from 'graphql'
import { buildSchemaSync, type PubSub } from 'type-graphql'
import { CdbTask, PostgresTask } from './schema/task-view'
import { DatabaseInstance } from './schema/task.interface'
import { SubscriptionResolver } from './resolvers/subscription.resolver'
import { TaskListResolver } from './resolvers/task-list.resolver'
import { TaskResolver } from './resolvers/task.resolver'

/** type-graphql demands one where there are subscriptions; each of ours brings its own events. */
const NO_PUB_SUB: PubSub = {
  publish: refuse,
  subscribe: refuse,
}

/** The schema as the classes of this folder declare it; federation makes from it the one that is served. */
export function buildTaskSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [TaskListResolver, TaskResolver, SubscriptionResolver],
    pubSub: NO_PUB_SUB,
    orphanedTypes: [CdbTask, PostgresTask, DatabaseInstance],
    // Arguments are checked by the core, whose rules hold for every caller.
    validate: false,
    skipCheck: true,
  })
}

function refuse(): never {
  throw new Error('no subscription has a topic')
}
