import { UpstreamFailure } from '../../failure'
import type { CallContext } from '../../call-context'
import {
  compareKeys,
  comparePlaces,
  furthest,
  isAhead,
  keyOf,
  sourceRank,
  type Place,
  type TaskKey,
  type Walk,
} from '../order'
import type { SourcePlan } from '../source'
import type { Task } from '../task'
import type { ListHint, TaskStream } from './stream'
import type { ObservedSource } from '../observed-source'

/** One list of the merge, and the place from which it is walked. */
export interface Lane {
  readonly source: ObservedSource
  readonly plan: SourcePlan
  readonly place: Place | null
  /** The greatest number that earlier pages returned as not begun. */
  readonly unbegun: bigint | null
  readonly stream: TaskStream
}

/** Where a list stands at some point of the page. */
export interface LanePosition {
  readonly lane: Lane
  readonly place: Place | null
  readonly hint: ListHint | null
  readonly unbegun: bigint | null
}

/** Takes the rows of several lists in the one total order. A source that fails ends its own lists, at the place reached. */
export class Merge {
  readonly tasks: Task[] = []
  readonly failures = new Map<ObservedSource, UpstreamFailure>()
  private readonly failedAt = new Map<ObservedSource, Place | null>()
  private last: TaskKey | null = null
  /** The lists whose sources have not failed. */
  private live: readonly Lane[]
  /** Of rows that have come to the front of a list, each worked out once. */
  private readonly keys = new Map<Task, TaskKey>()

  constructor(
    private readonly lanes: readonly Lane[],
    private readonly walk: Walk,
  ) {
    this.live = lanes
  }

  /** Takes up to `size` tasks; fewer where the lists end, fail or are stopped by their budget. */
  async take(size: number, scope: CallContext): Promise<void> {
    while (this.tasks.length < size) {
      if (this.lacks()) await this.fill(scope)
      const head = this.head()
      if (head === null) return
      this.tasks.push(head.task)
      this.last = head.key
      head.lane.stream.ready.shift()
    }
  }

  /** Whether a task stands ahead of the page's end: without a call, save where rows have to be scanned. */
  async hasAhead(scope: CallContext): Promise<boolean> {
    if (this.failures.size > 0) return true
    for (;;) {
      this.dropTaken()
      const known = this.live.some(
        ({ stream }) => stream.ready.length > 0 || stream.state === 'stopped' || stream.hasLeftover(),
      )
      if (known) return true
      const reading = this.live.filter(({ stream }) => stream.state === 'reading')
      if (reading.length === 0) return false
      await this.pull(reading, scope)
      if (this.failures.size > 0) return true
    }
  }

  /** Whether a task stands behind the place where the page began; null where that has to be scanned for. */
  hasBehind(): boolean | null {
    const answers = this.live.map(({ stream }) => stream.hasBehind())
    if (answers.includes(true)) return true
    return answers.includes(null) ? null : false
  }

  /** The place of every list behind the task of that index. */
  positionsAt(index: number): readonly LanePosition[] {
    const task = this.tasks[index]
    return this.positions(task === undefined ? null : { at: 'task', ...keyOf(task, this.walk) }, index + 1)
  }

  /** The place of every list where the page stopped: its last task, or further on where rows were scanned in vain. */
  positionsAtEnd(): readonly LanePosition[] {
    const stopped = this.stoppedAt()
    const last = this.lastPlace()
    const reached = stopped === undefined ? last : furthest(last, stopped, this.walk.direction)
    return this.positions(reached, this.tasks.length)
  }

  private positions(reached: Place | null, count: number): readonly LanePosition[] {
    const { direction } = this.walk
    return this.lanes.map((lane) => {
      const failed = this.failedAt.get(lane.source)
      const limit = failed !== undefined && comparePlaces(failed, reached, direction) < 0 ? failed : reached
      const place = furthest(lane.place, limit, direction)
      return { lane, place, hint: lane.stream.hintAt(place), unbegun: this.unbegunOf(lane, count) }
    })
  }

  /** Only oldest first do they come before what they would come with once they have begun. */
  private unbegunOf(lane: Lane, count: number): bigint | null {
    if (this.walk.field !== 'STARTED_AT' || this.walk.direction === 'DESC') return null
    const rank = sourceRank(lane.source.key)
    return this.tasks
      .slice(0, count)
      .filter((task) => task.startSecond === null && sourceRank(task.source) === rank)
      .reduce<bigint | null>(
        (most, { number }) => (most === null || number > most ? number : most),
        lane.unbegun,
      )
  }

  private async fill(scope: CallContext): Promise<void> {
    do await this.pull(this.live.filter(isHungry), scope)
    while (this.lacks())
  }

  /** True while nobody knows the next row of some list. */
  private lacks(): boolean {
    this.dropTaken()
    return this.live.some(isHungry)
  }

  /** A task that names several instances stands in several lists. */
  private dropTaken(): void {
    for (const { stream } of this.lanes) {
      const next = stream.ready[0]
      if (next === undefined || this.last === null) continue
      if (compareKeys(this.keyOf(next), this.last, this.walk.direction) === 0) stream.ready.shift()
    }
  }

  private async pull(lanes: readonly Lane[], scope: CallContext): Promise<void> {
    const results = await Promise.allSettled(lanes.map(({ stream }) => stream.pull(scope)))
    for (const [at, result] of results.entries()) {
      if (result.status === 'fulfilled') continue
      if (!(result.reason instanceof UpstreamFailure)) throw result.reason
      const source = lanes[at]?.source
      if (source === undefined || this.failures.has(source)) continue
      this.failures.set(source, result.reason)
      this.failedAt.set(source, this.lastPlace())
    }
    if (this.failures.size > 0) this.live = this.lanes.filter(({ source }) => !this.failures.has(source))
  }

  /** The first row of all lists, unless a stopped list might still hold one before it. */
  private head(): { lane: Lane; task: Task; key: TaskKey } | null {
    const { direction } = this.walk
    let first: { lane: Lane; task: Task; key: TaskKey } | null = null
    for (const lane of this.live) {
      const task = lane.stream.ready[0]
      if (task === undefined) continue
      const key = this.keyOf(task)
      if (first === null || compareKeys(key, first.key, direction) < 0) first = { lane, task, key }
    }
    const stopped = this.stoppedAt()
    return first !== null && stopped !== undefined && isAhead(first.key, stopped, direction) ? null : first
  }

  /** The nearest frontier of the lists that were stopped; undefined where none was. */
  private stoppedAt(): Place | null | undefined {
    const frontiers = this.live
      .filter(({ stream }) => stream.state === 'stopped' && stream.ready.length === 0)
      .map(({ stream }) => stream.frontier)
    return frontiers.sort((a, b) => comparePlaces(a, b, this.walk.direction))[0]
  }

  private keyOf(task: Task): TaskKey {
    const known = this.keys.get(task)
    if (known !== undefined) return known
    const key = keyOf(task, this.walk)
    this.keys.set(task, key)
    return key
  }

  private lastPlace(): Place | null {
    return this.last === null ? null : { at: 'task', ...this.last }
  }
}

function isHungry({ stream }: Lane): boolean {
  return stream.ready.length === 0 && stream.state === 'reading'
}
