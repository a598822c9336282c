import { BadInput } from '../tasks/bad-input'
import type { ObservedSource } from '../tasks/observed-source'
import type { Task } from '../tasks/task'
import type { Gap, SourceChange, TaskChange } from './live'

/** An event without its cursor, which depends on who is told of it. */
export type Happening = Omit<TaskChange, 'cursor'> | Omit<SourceChange, 'cursor'> | Omit<Gap, 'cursor'>

export interface LoggedEvent {
  /** Counts the events of this process, from 1. */
  readonly sequence: number
  readonly source: ObservedSource
  readonly happening: Happening
  /** What was known of the task before; null where nothing was, or no task is meant. */
  readonly before: Task | null
}

interface Kept extends LoggedEvent {
  readonly atMs: number
}

const MOST = 5000
const LONGEST_MS = 120_000
const VERSION = 1
const CURSOR = /^(\d+)\.([\w-]+)\.(0|[1-9]\d{0,14})$/
const LONGEST_CURSOR = 128

/** The latest events of all sources, for those who come again. */
export class EventLog {
  private readonly kept: Kept[] = []
  private last = 0

  /** @param epoch tells this process's cursors from those of any other */
  constructor(
    private readonly epoch: string,
    private readonly now: () => number,
  ) {}

  /** The sequence number of the last event. */
  get sequence(): number {
    return this.last
  }

  append(event: Omit<LoggedEvent, 'sequence'>): LoggedEvent {
    this.last += 1
    const logged = { ...event, sequence: this.last }
    this.kept.push({ ...logged, atMs: this.now() })
    this.forget()
    return logged
  }

  /** What came after that event; null where some of it is forgotten. */
  after(sequence: number): readonly LoggedEvent[] | null {
    this.forget()
    const forgotten = (this.kept[0]?.sequence ?? this.last + 1) - 1
    return sequence < forgotten ? null : this.kept.slice(sequence - forgotten)
  }

  cursor(sequence: number): string {
    return Buffer.from(`${VERSION}.${this.epoch}.${sequence}`).toString('base64url')
  }

  /** The sequence number in a cursor; null where it is of another process. @throws BadInput where it is no cursor */
  read(cursor: string): number | null {
    const text = cursor.length <= LONGEST_CURSOR ? Buffer.from(cursor, 'base64url').toString() : ''
    const [, version, epoch, sequence] = CURSOR.exec(text) ?? []
    const isOurs = version === String(VERSION) && Buffer.from(text).toString('base64url') === cursor
    if (!isOurs || (epoch === this.epoch && Number(sequence) > this.last))
      throw new BadInput(
        'since',
        `since ${JSON.stringify(cursor.slice(0, 64))} is not the cursor of an event`,
      )
    return epoch === this.epoch ? Number(sequence) : null
  }

  private forget(): void {
    const oldestMs = this.now() - LONGEST_MS
    const young = this.kept.findIndex(({ atMs }) => atMs >= oldestMs)
    const old = young < 0 ? this.kept.length : young
    this.kept.splice(0, Math.max(old, this.kept.length - MOST))
  }
}
