import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import { CostTally, UNCACHEABLE } from '../call-cost'
import { BadInput } from './bad-input'
import type { Caller } from './caller'
import { type ObservedSource, PlannedSource, SourceReads } from './observed-source'
import { checkFilter, type TaskFilter } from './filter'
import { Finder, forgetful, type FinderTools } from './finder'
import { decodeTaskId, type TaskId } from './id'
import { listTasks, type ListTools, type TaskPage } from './list-tasks'
import { MOST_PAGES } from './newest-pages'
import { NEWEST_FIRST, sourceRank } from './order'
import { CallEstimate, PagePlan, type ListQuestion } from './plan'
import { MAX_LIMIT } from './source'
import { TASK_PROVIDERS, type SourceKey, type Task, type TaskProvider } from './task'

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
  /** By what the operation that submitted the tasks returned: several tasks can share an id, a number means one. */
  readonly filter: Pick<TaskFilter, 'submissionId' | 'number'>
  /** The argument that holds it, for messages. */
  readonly argument: string
}

/** What a look-up would ask. */
export interface LookupPlan {
  readonly sources: readonly PlannedSource[]
  readonly calls: CallEstimate
}

/**
 * The core: every question about tasks, over all sources that the caller may see. What a question costs the upstreams is
 * added to `spent`, whether it is answered or fails.
 */
export class TaskService {
  private readonly products: ReadonlySet<TaskProvider>
  private readonly finders: ReadonlyMap<string, { finder: Finder; source: ObservedSource }>

  constructor(
    private readonly all: readonly ObservedSource[],
    private readonly tools: ListTools,
    finding: FinderTools = forgetful(tools.now),
  ) {
    this.products = new Set([...TASK_PROVIDERS, ...all.map(({ key }) => key.provider)])
    this.finders = new Map(
      all.map((source) => [sourceRank(source.key), { finder: new Finder(source, finding), source }]),
    )
  }

  /** What a page would ask, over the sources that the caller may see. Asks nothing. @throws BadInput */
  plan(question: ListQuestion, caller: Caller): PagePlan {
    checkFilter(question.filter)
    return new PagePlan(question, this.select(question.filter, caller), this.tools)
  }

  /** @throws BadInput */
  async list(
    question: ListQuestion,
    caller: Caller,
    scope: CallContext,
    spent = new CostTally(),
  ): Promise<TaskPage> {
    return listTasks(this.plan(question, caller), this.tools, scope, spent)
  }

  /** What so many tasks that are found by their ids would ask: a call each, if they are there. */
  planFinds(count: number, caller: Caller): CallEstimate {
    return new CallEstimate(count, () => {
      const sources = this.sources(caller)
      const most = Math.max(0, ...sources.map(({ upstream }) => upstream.mostFindCalls))
      return count * most + Math.min(count, sources.length) * MOST_PAGES
    })
  }

  /** @param argument the argument that holds the id, for messages. @throws BadInput where the text is no id of a task */
  readId(text: string, argument: string): TaskId {
    return decodeTaskId(text, argument, this.products)
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

  /** What a look-up would ask: every source of the product, in all accounts and regions that are not ruled out. @throws BadInput */
  planLookup({ provider, account, region, filter }: LookupQuestion, caller: Caller): LookupPlan {
    const where: TaskFilter = {
      providers: [provider],
      ...(account !== null && { accounts: [account] }),
      ...(region !== null && { regions: [region] }),
    }
    const sources = this.select(where, caller, { accounts: 'account', regions: 'region' })
    const planned = sources.map((source) => new PlannedSource(source, filter, NEWEST_FIRST))
    const lists = planned.reduce((sum, source) => sum + source.lists.length, 0)
    return { sources: planned, calls: new CallEstimate(lists, () => lists) }
  }

  /** @throws BadInput */
  async lookup(
    question: LookupQuestion,
    caller: Caller,
    scope: CallContext,
    spent = new CostTally(),
  ): Promise<FoundTasks> {
    const { sources } = this.planLookup(question, caller)
    const answers = await Promise.allSettled(sources.map((planned) => allOf(planned, scope, spent)))
    const failures = answers.flatMap((answer, at) => failureOf(answer, sources[at]?.source))
    const tasks = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    return { tasks, failures, asked: sources.length }
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

/** True where the caller may know that the source exists. A source without a region is seen only without a limit on regions. */
export function mayAsk(caller: Caller, source: SourceKey): boolean {
  return (
    (caller.accounts?.has(source.account) ?? true) &&
    (caller.providers?.has(source.provider) ?? true) &&
    (caller.regions === null || (source.region !== null && caller.regions.has(source.region)))
  )
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

async function allOf(
  { source, lists }: PlannedSource,
  scope: CallContext,
  spent: CostTally,
): Promise<readonly Task[]> {
  const charged = new SourceReads(source, spent)
  const tasks: Task[] = []
  for (const plan of lists) {
    const { rows } = await charged.page(plan, 0, MAX_LIMIT, scope)
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
