/** What a stream takes its values from. */
export interface Mailbox<T> {
  /** The next value; undefined where there is none at present. */
  shift(): T | undefined
}

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(reason: unknown): void
}

/** An async iterator over a mailbox: what is in there waits until somebody takes it, and may change until then. */
export class Stream<T> implements AsyncIterableIterator<T, undefined> {
  private waiting: Waiter<T>[] = []
  private state: 'open' | 'closing' | 'closed' = 'open'
  private failure: Error | null = null

  /** @param ended called once, when nobody will take anything any more, or nothing more will come */
  constructor(
    private readonly mailbox: Mailbox<T>,
    private readonly signal: AbortSignal,
    private readonly ended: () => void,
  ) {
    signal.addEventListener('abort', this.abandon)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
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
      this.waiting.shift()?.resolve({ done: false, value })
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
    for (const waiter of this.waiting.splice(0)) {
      const failure = this.failure
      this.failure = null
      if (failure === null) waiter.resolve({ done: true, value: undefined })
      else waiter.reject(failure)
    }
  }
}
