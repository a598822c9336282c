import { setMaxListeners } from 'node:events'

/** What a stream takes its values from. */
export interface Mailbox<T> {
  /** The next value; undefined where there is none at present. */
  shift(): T | undefined
}

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(reason: unknown): void
}

/**
 * An async iterator over a mailbox: what is in there waits until somebody takes it, and may change until then.
 * There are many that wait for long, so arrays are made anew: one that is pushed to keeps room for more.
 */
export class Stream<T> implements AsyncIterableIterator<T, undefined> {
  private waiting: readonly Waiter<T>[] = []
  private state: 'open' | 'closing' | 'closed' = 'open'
  private failure: Error | null = null

  /** @param ended called once, when nobody will take anything any more, or nothing more will come */
  constructor(
    private readonly mailbox: Mailbox<T>,
    private readonly signal: AbortSignal,
    private readonly ended: () => void,
  ) {
    // Many streams may stand under one signal, which would be taken for a leak from the eleventh on.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', this.abandon)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.waiting = [...this.waiting, { resolve, reject }]
      this.wake()
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.abandon()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** The mailbox has something. */
  wake(): void {
    while (this.waiting.length > 0 && this.state !== 'closed') {
      const value = this.mailbox.shift()
      if (value === undefined) break
      const [first, ...others] = this.waiting
      this.waiting = others
      first?.resolve({ done: false, value })
    }
    if (this.state === 'closing' && this.waiting.length > 0) this.close()
    if (this.state === 'closed') this.dismiss()
  }

  /** Ends when the mailbox is empty, with the failure if there is one. */
  finish(failure: Error | null = null): void {
    if (this.state !== 'open') return
    this.failure = failure
    this.state = 'closing'
    this.release()
    this.wake()
  }

  /** Ends at once. */
  readonly abandon = (): void => {
    const wasOpen = this.state === 'open'
    this.failure = null
    this.close()
    if (wasOpen) this.release()
    this.dismiss()
  }

  private close(): void {
    this.state = 'closed'
  }

  private release(): void {
    this.signal.removeEventListener('abort', this.abandon)
    this.ended()
  }

  private dismiss(): void {
    const left = this.waiting
    this.waiting = []
    for (const waiter of left) {
      const failure = this.failure
      this.failure = null
      if (failure === null) waiter.resolve({ done: true, value: undefined })
      else waiter.reject(failure)
    }
  }
}
