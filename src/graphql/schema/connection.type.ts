import { Optional } from './scalars'
import { Directive, Field, Int, ObjectType, type ClassType } from 'type-graphql'
import type { TaskEdge as DomainEdge, TaskPage } from '../../tasks/list-tasks'
import { CdbTask, PostgresTask, type ViewTask } from './task-view'
import { TaskSourceResult } from './task-source.type'
import { Task } from './task.interface'

@Directive('@shareable')
@ObjectType({ simpleResolvers: true, description: 'Where a page stands in its list. Relay.' })
export class PageInfo {
  constructor(private readonly page: TaskPage) {}

  @Field(() => Boolean, {
    description:
      'True where there is a later task. Also true while a source is missing, and where a filter that the upstream lacks was not applied to the end.',
  })
  get hasNextPage(): Promise<boolean> {
    return this.page.hasNextPage()
  }

  @Field(() => Boolean, { description: 'True where there is an earlier task.' })
  get hasPreviousPage(): Promise<boolean> {
    return this.page.hasPreviousPage()
  }

  @Optional(() => String, 'Where the page begins, for `before`. Null on an empty page with nothing beyond.')
  get startCursor(): string | null {
    return this.page.startCursor()
  }

  @Optional(
    () => String,
    'Where the page stopped, for `after`; beyond its last task where rows were looked through in vain. Null on an empty page with nothing beyond.',
  )
  get endCursor(): string | null {
    return this.page.endCursor()
  }
}

/** A connection object, as its resolvers make it. */
export interface Connection {
  readonly pageInfo: PageInfo
}

/** Edge and connection for one kind of node; the three differ in nothing else. */
function connectionOf(name: string, nodeType: () => ClassType | typeof Task, ofWhat: string) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `${ofWhat} in a list. Relay.` })
  class Edge {
    constructor(
      private readonly edge: DomainEdge,
      private readonly view: ViewTask,
    ) {}

    @Field(() => String, {
      description: 'The place behind this task, for `after`, or before it, for `before`.',
    })
    get cursor(): string {
      return this.edge.cursor()
    }

    @Field(nodeType, { description: 'The task.' })
    get node(): Task {
      return this.view(this.edge.task)
    }
  }

  @ObjectType(`${name}Connection`, {
    simpleResolvers: true,
    description: `A page of a list of tasks, merged over all sources. Relay.`,
  })
  class TypedConnection implements Connection {
    private shownEdges: readonly Edge[] | null = null
    private shownNodes: readonly Task[] | null = null

    constructor(
      private readonly page: TaskPage,
      private readonly view: ViewTask,
    ) {}

    @Field(() => [Edge], { description: 'The tasks of the page, each with its cursor.' })
    get edges(): readonly Edge[] {
      return (this.shownEdges ??= this.page.edges.map((edge) => new Edge(edge, this.view)))
    }

    @Field(() => [nodeType()], { description: 'The tasks of the page.' })
    get nodes(): readonly Task[] {
      return (this.shownNodes ??= this.page.edges.map(({ task }) => this.view(task)))
    }

    @Field(() => PageInfo, { description: 'Where the page stands.' })
    get pageInfo(): PageInfo {
      return new PageInfo(this.page)
    }

    @Optional(
      () => Int,
      'How many tasks match: exact, or null where no exact figure is to be had; never an estimate. Worked out only when selected.',
    )
    get totalCount(): Promise<number | null> {
      return this.page.totalCount()
    }

    @Field(() => [TaskSourceResult], { description: 'What each source contributed.' })
    get sources(): readonly TaskSourceResult[] {
      return this.page.sources.map((result) => new TaskSourceResult(result))
    }
  }

  return TypedConnection
}

export const TaskConnection = connectionOf('Task', () => Task, 'A task')
export const CdbTaskConnection = connectionOf('CdbTask', () => CdbTask, 'A CDB task')
export const PostgresTaskConnection = connectionOf('PostgresTask', () => PostgresTask, 'A Postgres task')
