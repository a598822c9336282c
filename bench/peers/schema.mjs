// @ts-check

/** The part of the gateway's schema that the question needs. */
export const typeDefs = /* GraphQL */ `
  scalar DateTime
  enum TaskProvider {
    CDB
    POSTGRES
  }
  enum TaskStatus {
    PENDING
    RUNNING
    WAITING
    PAUSED
    SUCCEEDED
    FAILED
    CANCELLED
    REMOVED
    UNKNOWN
  }
  type DatabaseInstance {
    id: ID!
  }
  type Task {
    id: ID!
    provider: TaskProvider!
    taskId: String!
    status: TaskStatus!
    rawStatus: String
    rawType: String
    progress: Int
    startedAt: DateTime
    endedAt: DateTime
    instances: [DatabaseInstance!]!
  }
  type TaskConnection {
    nodes: [Task!]!
  }
  input DateTimeRange {
    from: DateTime
  }
  input TaskFilter {
    startedAt: DateTimeRange
  }
  type Query {
    tasks(first: Int = 20, filter: TaskFilter): TaskConnection!
    task(id: ID!): Task
  }
`

/**
 * @param {(first: number, from?: string) => object | Promise<object>} listTasks
 * @param {(id: string) => object | null | Promise<object | null>} findTask
 */
export function resolversOf(listTasks, findTask) {
  return {
    Query: {
      tasks: async (
        /** @type {unknown} */ _,
        /** @type {{ first: number, filter?: { startedAt?: { from?: string } } }} */ { first, filter },
      ) => ({ nodes: await listTasks(first, filter?.startedAt?.from) }),
      task: (/** @type {unknown} */ _, /** @type {{ id: string }} */ { id }) => findTask(id),
    },
  }
}
