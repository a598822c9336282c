import type { ObservedSource } from '../tasks/observed-source'
import { identity } from '../tasks/id'
import type { TaskChangeKind } from './live'
import type { Happening, LoggedEvent } from './event-log'
import type { Mailbox } from './stream'

/** An event to hand out, with the place up to which everything has been handed out then. */
export interface Delivery {
  readonly happening: Happening
  readonly sequence: number
}

type TaskHappening = Extract<Happening, { is: 'task' }>

/** What waits of one task or source. */
interface Pending {
  /** The first event that waits in it: nothing behind it in the mailbox is older. */
  sequence: number
  lastSequence: number
  readonly happenings: Happening[]
}

/** So many tasks may wait to be told of. */
const MOST = 500
const GAP = 'gap'

/**
 * What a subscriber has not taken yet, in the order of time: the net change of each task. Where too many tasks have
 * changed meanwhile they are left out, and that is said.
 */
export class ActivityMailbox implements Mailbox<Delivery> {
  private readonly pending = new Map<string | ObservedSource, Pending>()
  /** The last event that was handed out, whether or not some before it still wait. */
  private reached = 0

  put({ sequence, source, happening }: LoggedEvent): void {
    const key = happening.is === 'task' ? identity(happening.task) : happening.is === 'source' ? source : GAP
    const waiting = this.pending.get(key)
    if (waiting === undefined) {
      this.pending.set(key, { sequence, lastSequence: sequence, happenings: [happening] })
      if (happening.is === 'task' && this.pending.size > MOST) this.overflow(sequence, happening.observedMs)
      return
    }
    waiting.lastSequence = sequence
    if (happening.is === 'task') addChange(waiting.happenings, happening)
    else waiting.happenings.splice(0, 1, happening)
  }

  shift(): Delivery | undefined {
    const [head] = this.pending
    if (head === undefined) return undefined
    const [key, first] = head
    const happening = first.happenings.shift()
    if (happening === undefined) return undefined
    if (first.happenings.length > 0) {
      this.reached = Math.max(this.reached, first.sequence)
      first.sequence += 1
    } else {
      this.reached = Math.max(this.reached, first.lastSequence)
      this.pending.delete(key)
    }
    const [next] = this.pending.values()
    return { happening, sequence: Math.min(this.reached, (next?.sequence ?? Infinity) - 1) }
  }

  clear(): void {
    this.pending.clear()
  }

  private overflow(sequence: number, observedMs: number): void {
    for (const key of this.pending.keys()) if (typeof key === 'string') this.pending.delete(key)
    const reason = `more than ${MOST} tasks have changed that were not taken`
    const gap: Happening = { is: 'gap', reason, observedMs }
    this.pending.set(GAP, { sequence, lastSequence: sequence, happenings: [gap] })
  }
}

/** Adds a change to those of the same task that wait: at most its start, and its newest state. */
function addChange(waiting: Happening[], change: TaskHappening): void {
  const last = waiting.at(-1)
  if (last?.is !== 'task') return
  const kind = merged(last.kind, change.kind)
  if (kind === null) waiting.push(change)
  else waiting.splice(-1, 1, { ...change, kind, previousStatus: last.previousStatus })
}

/** Null where both are to be told. */
function merged(last: TaskChangeKind, next: TaskChangeKind): TaskChangeKind | null {
  if (next !== 'FINISHED') return last
  return last === 'STARTED' ? null : 'FINISHED'
}
