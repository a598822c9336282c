import { setImmediate } from 'node:timers/promises'
import type { CallContext } from '../../src/call-context'
import { NO_COST } from '../../src/call-cost'
import type { TaskId } from '../../src/tasks/id'
import type { SourceFind, SourcePage, SourcePlan, TaskSource } from '../../src/tasks/source'
import type { PostgresTask } from '../../src/providers/postgres/task'
import type { SourceKey, Task } from '../../src/tasks/task'
import { ObservedSource } from '../../src/tasks/observed-source'

const KEY: SourceKey = { provider: 'POSTGRES', account: 'default', region: 'ap-tokyo' }

/** A source of the tasks that a test puts into it; it remembers what it was asked. */
export class ListedSource implements TaskSource {
  readonly key = KEY
  readonly askableStatuses = []
  readonly mostFindCalls = 1
  /** Newest first. */
  tasks: readonly Task[]
  /** The offset of each page and the number of each look-up. */
  readonly asked: (number | bigint)[] = []
  readonly scopes: CallContext[] = []
  /** The most look-ups that ran at a time. */
  mostLookUps = 0
  /** Answers come when this resolves; it may throw instead. */
  beforeAnswer: (asked: number | bigint) => Promise<unknown> = () => setImmediate()
  private running = 0

  /** `count` tasks, of which the newest has the highest number. */
  constructor(
    count: number,
    readonly now: () => number,
  ) {
    this.tasks = Array.from({ length: count }, (_, index) => taskOf(count - index))
  }

  plan(): readonly SourcePlan[] {
    return [
      {
        list: '',
        parameters: {},
        remaining: {},
        unsent: {},
        sortedBy: 'STARTED_AT',
        direction: 'DESC',
        timeless: 'LAST',
        isAligned: false,
      },
    ]
  }

  before(): SourcePlan | null {
    return null
  }

  async page(_plan: SourcePlan, offset: number, limit: number, scope: CallContext): Promise<SourcePage> {
    const askedAtMs = this.now()
    await this.ask(offset, scope)
    const rows = this.tasks.slice(offset, offset + limit)
    return { rows, total: this.tasks.length, askedAtMs, cost: NO_COST }
  }

  async find({ number }: TaskId, scope: CallContext): Promise<SourceFind> {
    this.running += 1
    this.mostLookUps = Math.max(this.mostLookUps, this.running)
    await this.ask(number, scope).finally(() => (this.running -= 1))
    return { task: this.tasks.find((task) => task.number === number) ?? null, cost: NO_COST }
  }

  private async ask(asked: number | bigint, scope: CallContext): Promise<void> {
    this.asked.push(asked)
    this.scopes.push(scope)
    scope.signal.throwIfAborted()
    await this.beforeAnswer(asked)
  }
}

export function idOf(number: number): TaskId {
  return { source: KEY, number: BigInt(number), hint: null }
}

/** A running task. */
export function taskOf(number: number, over: Partial<PostgresTask> = {}): PostgresTask {
  return {
    provider: 'POSTGRES',
    source: KEY,
    number: BigInt(number),
    type: 'RESTART',
    rawType: 'RestartInstance',
    status: 'RUNNING',
    rawStatus: 'Running',
    progress: 50,
    startSecond: 1_700_000_000 + number,
    endSecond: null,
    message: null,
    instanceIds: [],
    submissionId: null,
    hint: null,
    detail: {
      currentStep: null,
      steps: [],
      input: null,
      output: null,
      switchMode: null,
      switchSecond: null,
    },
    ...over,
  }
}

/** The source as the gateway sees it; nobody is told of what it learns. */
export function observed(source: ListedSource): ObservedSource {
  return new ObservedSource(source, 20, source.now, { problem: () => undefined, failure: () => undefined })
}
