import { setMaxListeners } from 'node:events'

/** Lets a few look-ups run at a time, first come, first served. Those of one task count once: their calls are shared. */
export class LookUpSlots {
  private readonly running = new Map<string, number>()
  private readonly queue = new Map<string, Set<() => void>>()

  constructor(private readonly limit: number) {}

  /**
   * Resolves when the look-up may run, or when its signal aborts: then the call that follows fails by itself.
   * @returns to be called when the look-up has ended
   */
  enter(task: string, signal: AbortSignal): Promise<() => void> {
    if (this.running.has(task) || this.running.size < this.limit) return Promise.resolve(this.begin(task))
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', abandon)
        resolve(this.begin(task))
      }
      const abandon = (): void => {
        this.forget(task, go)
        resolve(() => undefined)
      }
      // Many look-ups stand under one signal, which would be taken for a leak from the eleventh on.
      setMaxListeners(0, signal)
      signal.addEventListener('abort', abandon, { once: true })
      this.queue.set(task, (this.queue.get(task) ?? new Set()).add(go))
    })
  }

  private begin(task: string): () => void {
    this.running.set(task, (this.running.get(task) ?? 0) + 1)
    return () => this.end(task)
  }

  private end(task: string): void {
    const left = (this.running.get(task) ?? 1) - 1
    if (left > 0) {
      this.running.set(task, left)
      return
    }
    this.running.delete(task)
    const [next] = this.queue
    if (next === undefined) return
    this.queue.delete(next[0])
    for (const go of next[1]) go()
  }

  private forget(task: string, go: () => void): void {
    const same = this.queue.get(task)
    same?.delete(go)
    if (same?.size === 0) this.queue.delete(task)
  }
}
