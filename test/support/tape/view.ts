import { PRODUCTS, type Products } from '../../../src/app'
import type { TaskView } from '../../../src/graphql/schema/task-view'
import { Task } from '../../../src/graphql/schema/task.interface'
import { tape } from './source'
import { isTapeTask, type TapeTask } from './task'

class TapeTaskType extends Task {
  constructor(private readonly task: TapeTask) {
    super(task)
  }

  get vault(): string {
    return this.task.vault
  }

  get __typename(): 'TapeTask' {
    return 'TapeTask'
  }
}

const tapeView: TaskView = {
  provider: 'TAPE',
  typename: 'TapeTask',
  typeDefs: `
    extend enum TaskProvider { TAPE }
    type TapeTask implements Node & Task @key(fields: "id") {
      id: ID!
      provider: TaskProvider!
      account: String!
      region: String
      taskId: String!
      type: TaskType!
      rawType: String!
      status: TaskStatus!
      rawStatus: String!
      isFinished: Boolean!
      progress: Int
      startedAt: DateTime
      endedAt: DateTime
      durationSeconds: Int
      message: String
      instances: [DatabaseInstance!]!
      vault: String!
    }`,
  show: (task) => (isTapeTask(task) ? new TapeTaskType(task) : null),
}

/** The gateway's products and TAPE. */
export const WITH_TAPE: Products = {
  providers: [...PRODUCTS.providers, tape],
  views: [...PRODUCTS.views, tapeView],
}
