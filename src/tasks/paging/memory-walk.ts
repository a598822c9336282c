import type { CallContext } from '../../call-context'
import { BadInput } from '../bad-input'
import { compareKeys, isAhead, keyOf, type Place, type Walk } from '../order'
import { sourceName, type SourceKey, type Task } from '../task'
import { tooDense, type ListWalk } from './list-walk'
import type { ListHint, TaskStream } from './stream'
import type { WindowReader } from './window'

/** The most rows that are put into an order which their upstream does not have. */
export const MAX_SORTED_HERE = 2000

export interface MemoryWalkOptions {
  readonly source: SourceKey
  readonly walk: Walk
  readonly place: Place | null
  /** The list in the order that its upstream has, from its beginning to its end. */
  readonly list: ListWalk
  /** Counts what is newer than the newest second. */
  readonly counter: WindowReader
  /** The newest second that may match; null where there is no bound. */
  readonly newestSecond: number | null
}

/** A list in an order which its upstream does not have: read whole and sorted here, while it is small enough. */
export class MemoryWalk implements TaskStream {
  readonly ready: Task[] = []
  readonly frontier: Place | null
  state: 'reading' | 'exhausted' = 'reading'
  private readonly tasks: Task[] = []
  private behind = false

  constructor(private readonly options: MemoryWalkOptions) {
    this.frontier = options.place
  }

  get total(): number | null {
    return this.options.list.total
  }

  get whole(): TaskStream['whole'] {
    return this.options.list.whole
  }

  get hasUnservable(): boolean {
    return this.options.list.hasUnservable
  }

  async pull(scope: CallContext): Promise<void> {
    const { list, place, walk } = this.options
    await list.pull(scope)
    await this.checkSize(scope)
    while (list.state === 'reading') await list.pull(scope)
    if (list.state === 'stopped') throw tooDense()
    this.tasks.push(...list.ready)
    const { direction } = walk
    const sorted = this.tasks
      .map((task) => ({ task, key: keyOf(task, walk) }))
      .sort((a, b) => compareKeys(a.key, b.key, direction))
    const ahead = sorted.filter(({ key }) => isAhead(key, place, direction))
    this.behind = ahead.length < sorted.length
    this.ready.push(...ahead.map(({ task }) => task))
    this.state = 'exhausted'
  }

  hasLeftover(): boolean {
    return false
  }

  hasBehind(): boolean {
    return this.behind
  }

  hintAt(): ListHint | null {
    return null
  }

  /** @throws BadInput where the window holds more rows than are sorted here */
  private async checkSize(scope: CallContext): Promise<void> {
    const { list, counter, newestSecond, source } = this.options
    const total = list.total ?? 0
    if (total <= MAX_SORTED_HERE) return
    const newer = newestSecond === null ? 0 : ((await counter.countBefore(newestSecond, scope)) ?? 0)
    const rows = total - newer
    if (rows <= MAX_SORTED_HERE) return
    throw new BadInput(
      'orderBy',
      `orderBy ENDED_AT: ${sourceName(source)} has no such order, and ${rows} of its tasks would have to be sorted here, ` +
        `at most ${MAX_SORTED_HERE}; narrow filter.startedAt`,
    )
  }
}
