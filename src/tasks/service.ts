import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import { CostTally, UNCACHEABLE } from '../call-cost'
import { BadInput } from './bad-input'
import { mayAsk, type Caller } from './caller'
import { chargedSource } from './charged-source'
import { checkFilter, matchesNothing, type TaskFilter } from './filter'
import { Finder } from './finder'
import { forgetful, type FinderTools } from './finder-tools'
import type { ObservedSource } from './health'
import type { TaskId } from './id'
import { listTasks, type ListQuestion, type ListTools } from './list-tasks'
import { sourceRank } from './order'
import { MAX_LIMIT, type TaskSource } from './source'
import type { Task, TaskProvider } from './task'
import type { TaskPage } from './task-page'

/** Tasks found by something else than a page, and what could not be asked. */
export interface FoundTasks {
  readonly tasks: readonly Task[]
  readonly failures: readonly SourceFailure[]
  /** How many sources were asked. */
  readonly asked: number
}

export interface SourceFailure {
  readonly source: ObservedSource
  readonly failure: UpstreamFailure
}

/** Where a task is to be looked for. */
export interface LookupQuestion {
  readonly provider: TaskProvider
  readonly account: string | null
  readonly region: string | null
  readonly filter: Pick<TaskFilter, 'asyncRequestId' | 'number'>
}

/**
 * The core: every question about tasks, over all sources that the caller may see. What a question costs the upstreams is
 * added to `spent`, whether it is answered or fails.
 */
export class TaskService {
  private readonly finders: ReadonlyMap<string, { finder: Finder; source: ObservedSource }>

  constructor(
    private readonly all: readonly ObservedSource[],
    private readonly tools: ListTools,
    finding: FinderTools = forgetful(tools.now),
  ) {
    this.finders = new Map(
      all.map((source) => [sourceRank(source.key), { finder: new Finder(source, finding), source }]),
    )
  }

  /** @throws BadInput */
  async list(
    question: ListQuestion,
    caller: Caller,
    scope: CallContext,
    spent = new CostTally(),
  ): Promise<TaskPage> {
    checkFilter(question.filter)
    const sources = this.select(question.filter, caller)
    return listTasks(question, sources, this.tools, scope, spent)
  }

  /** Null: there is no such task, or the caller may not see it. @throws SourceUnavailable */
  async find(id: TaskId, caller: Caller, scope: CallContext, spent = new CostTally()): Promise<Task | null> {
    const found = this.finders.get(sourceRank(id.source))
    if (found === undefined || !mayAsk(caller, id.source)) return null
    // Tasks are found for many requests together, so that the age of one answer is not known.
    spent.add(UNCACHEABLE)
    try {
      return await found.finder.find(id, scope, spent)
    } catch (error) {
      if (error instanceof UpstreamFailure) throw new SourceUnavailable(found.source, error)
      throw error
    }
  }

  /** Asks every source of the product, in all accounts and regions that are not ruled out. @throws BadInput */
  async lookup(
    question: LookupQuestion,
    caller: Caller,
    scope: CallContext,
    spent = new CostTally(),
  ): Promise<FoundTasks> {
    const { provider, account, region, filter } = question
    const where: TaskFilter = {
      providers: [provider],
      ...(account !== null && { accounts: [account] }),
      ...(region !== null && { regions: [region] }),
    }
    const sources = this.select(where, caller, { accounts: 'account', regions: 'region' })
    const answers = await Promise.allSettled(
      sources.map((source) => allOf(chargedSource(source, spent), filter, scope)),
    )
    const failures = answers.flatMap((answer, at) => failureOf(answer, sources[at]))
    const tasks = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    return { tasks, failures, asked: sources.length }
  }

  /** Where a task of the filter can be. @throws BadInput */
  sourcesOf(filter: TaskFilter, caller: Caller): readonly ObservedSource[] {
    checkFilter(filter)
    const sources = this.select(filter, caller)
    return matchesNothing(filter)
      ? []
      : sources.filter((source) => source.plan(filter, NEWEST_FIRST).length > 0)
  }

  sources(caller: Caller): readonly ObservedSource[] {
    return this.all.filter(({ key }) => mayAsk(caller, key))
  }

  /** The sources that a filter leaves. A name that is not configured, or not for this caller, is the same mistake. */
  private select(filter: TaskFilter, caller: Caller, names = FILTER_ARGUMENTS): readonly ObservedSource[] {
    const { providers, accounts, regions } = filter
    const visible = this.sources(caller)
    checkKnown(names.accounts, accounts, new Set(visible.map(({ key }) => key.account)))
    checkKnown(names.regions, regions, new Set(visible.map(({ key }) => key.region)))
    return visible.filter(
      ({ key }) =>
        (providers?.includes(key.provider) ?? true) &&
        (accounts?.includes(key.account) ?? true) &&
        (regions === undefined || (key.region !== null && regions.includes(key.region))),
    )
  }
}

/** A source that could not be asked, where that leaves nothing to answer. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable'

  constructor(
    readonly source: ObservedSource,
    readonly failure: UpstreamFailure,
  ) {
    super(failure.message, { cause: failure })
  }
}

const FILTER_ARGUMENTS = { accounts: 'filter.accounts', regions: 'filter.regions' }
const NEWEST_FIRST = { field: 'STARTED_AT', direction: 'DESC' } as const

async function allOf(source: TaskSource, filter: TaskFilter, scope: CallContext): Promise<readonly Task[]> {
  const tasks: Task[] = []
  for (const plan of source.plan(filter, NEWEST_FIRST)) {
    const { rows } = await source.page(plan, 0, MAX_LIMIT, scope)
    tasks.push(...rows.filter((task) => task !== null))
  }
  return tasks
}

function failureOf(
  answer: PromiseSettledResult<unknown>,
  source: ObservedSource | undefined,
): readonly SourceFailure[] {
  if (answer.status === 'fulfilled' || source === undefined) return []
  if (answer.reason instanceof UpstreamFailure) return [{ source, failure: answer.reason }]
  throw answer.reason
}

function checkKnown(
  argument: string,
  names: readonly string[] | undefined,
  known: ReadonlySet<string | null>,
): void {
  const unknown = names?.find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new BadInput(argument, `${argument} ${JSON.stringify(unknown.slice(0, 64))} is not configured here`)
}
