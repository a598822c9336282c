import { identity, taskIdOf, type TaskId } from '../tasks/id'
import { withHint } from '../tasks/id-memory'
import { sourceRank } from '../tasks/order'
import { isFinished, type Task } from '../tasks/task'
import type { FoundTask, Poller } from './poller'
import { Stream, type Mailbox } from './stream'
import type { Watcher } from './watchers'

/** What one subscriber watches, and the newest states that were not taken yet. */
export class TaskWatch implements Watcher, Mailbox<Task> {
  readonly stream: Stream<Task>
  private readonly open = new Map<string, { readonly id: TaskId; readonly poller: Poller | null }>()
  private pending: readonly Task[] = []
  private readonly undone: (() => void)[] = []
  /** Tasks that were watched already, where later ones of a submission are to be watched too; else null. */
  private known: Set<string> | null = null
  private readonly submittedTo: Poller[] = []
  private isSearching = false

  constructor(signal: AbortSignal, left: () => void) {
    this.stream = new Stream<Task>(this, signal, () => {
      this.leave()
      left()
    })
  }

  /** @param poller null where the source is not there for the caller, which is as good as a task that is not */
  add(id: TaskId, poller: Poller | null, found: FoundTask | null = null): void {
    const key = identity(id)
    if (this.open.has(key)) return
    this.open.set(key, { id, poller })
    this.known?.add(key)
    poller?.watch(id, this, found)
  }

  /** Also watches tasks of the submission that are found from now on. */
  addSubmission(id: string, poller: Poller): void {
    this.submittedTo.push(poller)
    poller.watchers.addSubmission(id, this)
    this.undone.push(() => poller.watchers.removeSubmission(id, this))
  }

  /** Does not end by itself until the search has ended. */
  search(): void {
    this.isSearching = true
    this.known = new Set()
  }

  searched(): void {
    this.isSearching = false
    this.endIfDone()
  }

  /** To be run when nobody takes anything any more. */
  onLeave(undo: () => void): void {
    this.undone.push(undo)
  }

  take(task: Task): void {
    const key = identity(task)
    const open = this.open.get(key)
    if (open === undefined) {
      this.addLater(task)
      return
    }
    const shown = withHint(task, open.id.hint)
    const at = this.pending.findIndex((other) => identity(other) === key)
    this.pending = at < 0 ? [...this.pending, shown] : this.pending.with(at, shown)
    if (isFinished(task)) this.close(key)
    this.stream.wake()
    this.endIfDone()
  }

  giveUp(id: TaskId): void {
    this.close(identity(id))
    this.endIfDone()
  }

  /** Gives up what has no source. */
  giveUpUnknown(): void {
    for (const [key, { poller }] of this.open) if (poller === null) this.close(key)
    this.endIfDone()
  }

  endIfDone(): void {
    if (this.open.size === 0 && !this.isSearching) this.stream.finish()
  }

  shift(): Task | undefined {
    const [task, ...others] = this.pending
    this.pending = others
    return task
  }

  /** A task that the submission has made since. */
  private addLater(task: Task): void {
    const rank = sourceRank(task.source)
    const poller = this.submittedTo.find(({ source }) => sourceRank(source.key) === rank)
    if (poller !== undefined && this.known?.has(identity(task)) === false) this.add(taskIdOf(task), poller)
  }

  private close(key: string): void {
    const open = this.open.get(key)
    this.open.delete(key)
    open?.poller?.unwatch(open.id.number, this)
  }

  private leave(): void {
    for (const key of [...this.open.keys()]) this.close(key)
    for (const undo of this.undone.splice(0)) undo()
  }
}
