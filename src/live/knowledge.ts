import type { TaskId } from '../tasks/id'
import { SourceUnavailable } from '../tasks/service'
import type { Task } from '../tasks/task'
import { Board, type Change } from './board'
import { LookUps } from './look-ups'
import { SourceReader } from './source-reader'
import type { Watchers } from './watchers'
import type { ObservedSource } from '../tasks/observed-source'

/** What a poller knows of the tasks of its source, and how it learns more, until it begins anew. */
export class Knowledge {
  readonly board: Board
  readonly lookUps = new LookUps()
  readonly reader: SourceReader
  /** The last event that the base line contains: what came after it was told. Null while there is no base line. */
  base: number | null = null

  constructor(
    source: ObservedSource,
    private readonly watchers: Watchers,
    changed: (change: Change) => void,
    private readonly now: () => number,
  ) {
    this.board = new Board({
      changed,
      learned: (task) => {
        this.lookUps.forget(task.number)
        watchers.take(task)
      },
    })
    const vanished = (id: TaskId): void => {
      if (watchers.has(id.number)) this.lookUps.want(id, now())
    }
    this.reader = new SourceReader(source, this.board, this.lookUps, vanished, now)
  }

  /** Gives what is known by now to those who have nothing yet, and gives up what was waited for too long. */
  serveWanted(): void {
    for (const number of [...this.lookUps.numbersWanted]) this.serve(number)
    for (const id of this.lookUps.takeOverdue(this.now())) this.watchers.giveUp(id)
  }

  /** What fails is looked for again with the rounds. */
  async find(id: TaskId, ask: (id: TaskId) => Promise<Task | null>): Promise<void> {
    const askedAtMs = this.now()
    try {
      const task = await ask(id)
      if (task === null) this.lookUps.missed(id.number, this.now())
      else this.board.see(task, askedAtMs, 'elsewhere')
      this.serve(id.number)
    } catch (error) {
      if (!(error instanceof SourceUnavailable)) throw error
    }
  }

  private serve(number: bigint): void {
    const task = this.board.get(number)
    if (task === null || !this.lookUps.forget(number)) return
    this.watchers.take(task)
  }
}
