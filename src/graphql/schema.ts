import 'reflect-metadata'
import type { GraphQLSchema } from 'graphql'
import { buildSchemaSync } from 'type-graphql'
import { CdbTask } from './cdb-task.type'
import { DatabaseInstance } from './database-instance.type'
import { PostgresTask } from './postgres-task.type'
import { TaskListResolver } from './task-list.resolver'
import { TaskResolver } from './task.resolver'

/** The schema as the classes of this folder declare it; federation makes from it the one that is served. */
export function buildTaskSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [TaskListResolver, TaskResolver],
    orphanedTypes: [CdbTask, PostgresTask, DatabaseInstance],
    // Arguments are checked by the core, whose rules hold for every caller.
    validate: false,
    skipCheck: true,
  })
}
