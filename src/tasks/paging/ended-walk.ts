import type { CallScope } from '../../scope'
import { compareKeys, isAhead, keyOf, NOT_YET, secondOf, type Place, type Walk } from '../order'
import type { Task } from '../task'
import type { ListWalk } from './list-walk'
import type { ListHint, TaskStream } from './stream'

/** The lists that a walk by end time reads. */
export interface EndedWalkOptions {
  readonly walk: Walk
  readonly place: Place | null
  /** What had ended when the walk began. */
  readonly ended: ListWalk
  /** The list's two ends, read until the first row that had ended: what had not ended stands there. */
  readonly latest: () => ListWalk
  readonly earliest: () => ListWalk
  readonly accept: (task: Task) => boolean
}

/**
 * A list that the upstream sorts by end time. What had not ended when the walk began is one group: it stands last
 * newest first, and first oldest first, and is read whole, since its rows stand at either end of the list.
 */
export class EndedWalk implements TaskStream {
  readonly ready: Task[] = []
  private stage: 'ended' | 'open' | 'done'
  private open: readonly Task[] | null = null

  constructor(private readonly options: EndedWalkOptions) {
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

  get hasUnservable(): boolean {
    return this.options.ended.hasUnservable
  }

  async pull(scope: CallScope): Promise<void> {
    if (this.stage === 'open') return this.readOpen(scope)
    const { ended, walk } = this.options
    if (ended.state === 'reading') await ended.pull(scope)
    this.ready.push(...ended.ready.splice(0))
    if (ended.state === 'exhausted') this.stage = walk.direction === 'DESC' ? 'open' : 'done'
  }

  hasLeftover(): boolean {
    return this.options.ended.hasLeftover()
  }

  hasBehind(): boolean | null {
    const { place, walk, ended, accept } = this.options
    if (place === null) return false
    const isBehind = (task: Task) => accept(task) && !isAhead(keyOf(task, walk), place, walk.direction)
    if (this.open?.some(isBehind)) return true
    const behind = ended.hasBehind()
    if (behind === true) return true
    // Newest first nothing stands before what had ended; the group of the open ones is known only once it was read.
    if (walk.direction === 'DESC') return place.second === NOT_YET ? null : behind
    return this.open !== null && place.second === NOT_YET ? false : null
  }

  hintAt(place: Place | null): ListHint | null {
    return this.options.ended.hintAt(place)
  }

  private async readOpen(scope: CallScope): Promise<void> {
    const { walk, place, ended, latest, earliest } = this.options
    this.open = ended.isWhole ? openOf(ended, walk) : await this.readBothEnds(earliest(), latest(), scope)
    const ahead = this.open.filter(
      (task) => this.options.accept(task) && isAhead(keyOf(task, walk), place, walk.direction),
    )
    this.ready.push(...ahead.sort((a, b) => compareKeys(keyOf(a, walk), keyOf(b, walk), walk.direction)))
    this.stage = walk.direction === 'DESC' ? 'done' : 'ended'
  }

  /** The earliest end first: a task that ends in between moves to the latest, and is seen there. */
  private async readBothEnds(
    earliest: ListWalk,
    latest: ListWalk,
    scope: CallScope,
  ): Promise<readonly Task[]> {
    const { walk } = this.options
    await drain(earliest, scope)
    if (!earliest.isWhole) await drain(latest, scope)
    const rows = new Map<bigint, Task>()
    for (const list of [earliest, latest]) for (const task of openOf(list, walk)) rows.set(task.number, task)
    return [...rows.values()]
  }
}

async function drain(list: ListWalk, scope: CallScope): Promise<void> {
  while (list.state === 'reading') await list.pull(scope)
}

function openOf(list: ListWalk, walk: Walk): readonly Task[] {
  return list.run.flatMap(({ task }) => (task !== null && secondOf(task, walk) === NOT_YET ? [task] : []))
}
