import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
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
const CURSOR = /^(\d+)\.([\w-]+)\.([\w-]{22})$/
const LONGEST_CURSOR = 128

/** One block of AES, which holds a sequence number in its second half; the first half is zero, and so authenticates it. */
const BLOCK_BYTES = 16
const CIPHER = 'aes-256-ecb'

/** The latest events of all sources, for those who come again. */
export class EventLog {
  private readonly kept: Kept[] = []
  private last = 0
  /** Cursors are encrypted, since the numbers count events that a caller may not see. */
  private readonly key = randomBytes(32)

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
    const block = Buffer.alloc(BLOCK_BYTES)
    block.writeBigUInt64BE(BigInt(sequence), BLOCK_BYTES / 2)
    const cipher = createCipheriv(CIPHER, this.key, null).setAutoPadding(false)
    const sealed = Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url')
    return Buffer.from(`${VERSION}.${this.epoch}.${sealed}`).toString('base64url')
  }

  /** The sequence number in a cursor; null where it is of another process. @throws BadInput where it is no cursor */
  read(cursor: string): number | null {
    const text = cursor.length <= LONGEST_CURSOR ? Buffer.from(cursor, 'base64url').toString() : ''
    const [, version, epoch, sealed = ''] = CURSOR.exec(text) ?? []
    const isOurs = version === String(VERSION) && Buffer.from(text).toString('base64url') === cursor
    const sequence = epoch === this.epoch ? this.open(sealed) : null
    if (!isOurs || (epoch === this.epoch && sequence === null))
      throw new BadInput(
        'since',
        `since ${JSON.stringify(cursor.slice(0, 64))} is not the cursor of an event`,
      )
    return sequence
  }

  /** Null for a number that was not sealed here. */
  private open(sealed: string): number | null {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length !== BLOCK_BYTES || bytes.toString('base64url') !== sealed) return null
    const decipher = createDecipheriv(CIPHER, this.key, null).setAutoPadding(false)
    const block = Buffer.concat([decipher.update(bytes), decipher.final()])
    const sequence = block.readBigUInt64BE(BLOCK_BYTES / 2)
    return block.readBigUInt64BE(0) === 0n && sequence <= BigInt(this.last) ? Number(sequence) : null
  }

  private forget(): void {
    const oldestMs = this.now() - LONGEST_MS
    const young = this.kept.findIndex(({ atMs }) => atMs >= oldestMs)
    const old = young < 0 ? this.kept.length : young
    this.kept.splice(0, Math.max(old, this.kept.length - MOST))
  }
}
