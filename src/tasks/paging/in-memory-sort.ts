import type { CallContext } from '../../call-context'
import { BadInput } from '../bad-input'
import { compareKeys, isAhead, keyOf, type Place, type Walk } from '../order'
import { MAX_LIMIT, type SourcePlan } from '../source'
import { sourceName, type SourceKey, type Task } from '../task'
import { ALIGNED_ROWS, type WindowReader } from './window'
import { tooDense, type ListWalk } from './list-walk'
import { mostSeekCalls } from './seek'
import type { ListHint, TaskStream } from './stream'

/** The most rows that are put into an order which their upstream does not have. */
export const MAX_SORTED_HERE = 2000
/** More than neighboring answers share. */
const SHARED_ROWS = 10
/** The most calls of reading so many rows. */
export function sortCalls({ isAligned, unsent }: SourcePlan): number {
  const seeks = unsent.from === undefined ? 0 : mostSeekCalls(false)
  return (
    seeks + Math.ceil(MAX_SORTED_HERE / (isAligned ? ALIGNED_ROWS - SHARED_ROWS : MAX_LIMIT - SHARED_ROWS))
  )
}

export interface InMemorySortOptions {
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
export class InMemorySort implements TaskStream {
  readonly ready: Task[] = []
  readonly frontier: Place | null
  state: 'reading' | 'exhausted' = 'reading'
  private readonly tasks: Task[] = []
  private behind = false

  constructor(private readonly options: InMemorySortOptions) {
    this.frontier = options.place
  }

  get total(): number | null {
    return this.options.list.total
  }

  get whole(): TaskStream['whole'] {
    return this.options.list.whole
  }

  get isUncountable(): boolean {
    return this.options.list.isUncountable
  }

  async pull(scope: CallContext): Promise<void> {
    const { list, place, walk } = this.options
    await list.pull(scope)
    const isCounted = await this.checkSize(scope)
    while (list.state === 'reading') {
      await list.pull(scope)
      if (!isCounted) this.refuseMoreThan(this.rowsRead())
    }
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

  /**
   * False where the rows of the window cannot be counted before they are read.
   * @throws BadInput where the window holds more rows than are sorted here
   */
  private async checkSize(scope: CallContext): Promise<boolean> {
    const { list, counter, newestSecond } = this.options
    const rows = (list.total ?? 0) - (list.run[0]?.index ?? 0)
    if (rows <= MAX_SORTED_HERE) return true
    if (newestSecond !== null && !counter.canCount) return false
    const newer = newestSecond === null ? 0 : await counter.countBefore(newestSecond, scope)
    if (newer !== null) this.refuseMoreThan(rows - newer)
    return newer !== null
  }

  private rowsRead(): number {
    const { list, newestSecond } = this.options
    return list.run.filter(({ second }) => second <= (newestSecond ?? Infinity)).length
  }

  private refuseMoreThan(rows: number): void {
    if (rows <= MAX_SORTED_HERE) return
    throw new BadInput(
      'orderBy',
      `orderBy ENDED_AT: ${sourceName(this.options.source)} has no such order, and ${rows} of its tasks would have to be sorted here, ` +
        `at most ${MAX_SORTED_HERE}; narrow filter.startedAt`,
    )
  }
}
