import type { CallContext } from '../../call-context'
import {
  compareKeys,
  isAhead,
  keyOf,
  NOT_YET,
  secondOf,
  type OrderDirection,
  type Place,
  type Walk,
} from '../order'
import type { Task } from '../task'
import { tooDense, type ListWalk } from './list-walk'
import type { ListHint, TaskStream } from './stream'

/** How many lists a walk reads beside its own: either end, the last again where something was found behind it, and the tail. */
export const END_TIME_LISTS = 4

/** The lists that a walk by end time reads. */
export interface EndTimeStreamOptions {
  readonly walk: Walk
  readonly place: Place | null
  /** What had ended when the walk began. */
  readonly ended: ListWalk
  /** The end of the list that comes first in the direction, read until the first row that had ended. */
  readonly end: (direction: OrderDirection) => ListWalk
  /** The list that is asked for newest first, read from its other end, as far. */
  readonly tail: (total: number) => ListWalk
  readonly accept: (task: Task) => boolean
  /** True where a row that was read may be refused, so that one which was not read may be accepted. */
  readonly scans: boolean
}

/**
 * A list that the upstream sorts by end time. What had not ended when the walk began is one group: it stands last
 * newest first, and first oldest first, and is read whole, since its rows stand at either end of the list.
 */
export class EndTimeStream implements TaskStream {
  readonly ready: Task[] = []
  private stage: 'ended' | 'open' | 'done'
  /** What both ends of the list held; null before they were read. */
  private atEnds: readonly Task[] | null = null

  constructor(private readonly options: EndTimeStreamOptions) {
    const { place, walk } = options
    const isInOpen = place !== null && place.second === NOT_YET
    if (walk.direction === 'DESC') this.stage = isInOpen ? 'open' : 'ended'
    else this.stage = place === null || (isInOpen && place.at !== 'after') ? 'open' : 'ended'
  }

  get state(): TaskStream['state'] {
    if (this.stage === 'done') return 'exhausted'
    return this.stage === 'ended' && this.options.ended.state === 'stopped' ? 'stopped' : 'reading'
  }

  get frontier(): Place | null {
    return this.options.ended.frontier
  }

  get total(): number | null {
    return this.options.ended.total
  }

  get whole(): TaskStream['whole'] {
    return this.options.ended.whole
  }

  get isUncountable(): boolean {
    return this.options.ended.isUncountable
  }

  async pull(scope: CallContext): Promise<void> {
    if (this.stage === 'open') return this.readOpen(scope)
    const { ended, walk } = this.options
    if (ended.state === 'reading' && ended.ready.length === 0) await ended.pull(scope)
    this.ready.push(...ended.ready.splice(0))
    if (ended.state === 'exhausted') this.stage = walk.direction === 'DESC' ? 'open' : 'done'
  }

  hasLeftover(): boolean {
    return this.options.ended.hasLeftover() || this.options.ended.ready.length > 0
  }

  hasBehind(): boolean | null {
    const { place, walk, ended, accept, scans } = this.options
    if (place === null) return false
    const isBehind = (task: Task | null) =>
      task !== null && accept(task) && !isAhead(keyOf(task, walk), place, walk.direction)
    if (this.atEnds?.some(isBehind) || ended.run.some(({ task }) => isBehind(task))) return true
    if (ended.isWhole) return false
    const isInOpen = place.second === NOT_YET
    if (walk.direction === 'DESC' && !isInOpen) return ended.hasBehind()
    // Both ends were read up to a row that had ended, so that where none is behind there is none.
    return isInOpen && this.atEnds !== null && !scans ? false : null
  }

  hintAt(place: Place | null): ListHint | null {
    return this.options.ended.hintAt(place)
  }

  private async readOpen(scope: CallContext): Promise<void> {
    const { walk, place, accept } = this.options
    this.atEnds = await this.readBothEnds(scope)
    const ahead = this.atEnds.filter(
      (task) =>
        secondOf(task, walk) === NOT_YET && accept(task) && isAhead(keyOf(task, walk), place, walk.direction),
    )
    this.ready.push(...ahead.sort((a, b) => compareKeys(keyOf(a, walk), keyOf(b, walk), walk.direction)))
    this.stage = walk.direction === 'DESC' ? 'done' : 'ended'
  }

  /** The earliest end first: a task that ends in between moves to the latest, and is seen there. */
  private async readBothEnds(scope: CallContext): Promise<readonly Task[]> {
    const rows = new Map<bigint, Task>()
    const add = ({ run }: ListWalk) => {
      for (const { task } of run) if (task !== null) rows.set(task.number, task)
    }
    const earliest = await this.readEarliest(scope)
    add(earliest)
    if (earliest.holdsAll) return [...rows.values()]
    const latest = await drained(this.options.end('DESC'), scope)
    add(latest)
    const isAll = earliest.isWhole || latest.isWhole
    if (isAll || [...rows.values()].some(isUnfinished)) return [...rows.values()]
    // None at either beginning: the upstream may keep them at the end whichever way it lists.
    const tail = await drained(this.options.tail(latest.total ?? 0), scope)
    add(tail)
    if (tail.run.some(({ task }) => task !== null && isUnfinished(task)))
      add(await drained(this.options.end('DESC'), scope))
    return [...rows.values()]
  }

  /** The walk itself begins at that end, or has often come to it. */
  private async readEarliest(scope: CallContext): Promise<ListWalk> {
    const { ended, walk, end } = this.options
    const showsEnded = () => ended.run.some(({ second }) => Number.isFinite(second))
    if (walk.direction === 'ASC') while (ended.state === 'reading' && !showsEnded()) await ended.pull(scope)
    return ended.state !== 'stopped' && ended.reaches('ASC') ? ended : drained(end('ASC'), scope)
  }
}

function isUnfinished({ endSecond }: Task): boolean {
  return endSecond === null
}

async function drained(list: ListWalk, scope: CallContext): Promise<ListWalk> {
  while (list.state === 'reading') await list.pull(scope)
  if (list.state === 'stopped') throw tooDense()
  return list
}
