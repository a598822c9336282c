import { setMaxListeners } from 'node:events'
import type { CallContext } from '../call-context'

/** Look-ups that wait, by their tasks. */
type Waiting = Map<string, Set<() => void>>

/**
 * Lets a few look-ups run at a time. Callers take turns; of one caller, the first goes first. Those of one task count
 * once: their calls are shared.
 */
export class LookUpSlots {
  private readonly running = new Map<string, number>()
  /** By caller; the first is the next whose turn it is. */
  private readonly queue = new Map<string, Waiting>()

  constructor(private readonly limit: number) {}

  /**
   * Resolves when the look-up may run, or when its signal aborts: then the call that follows fails by itself.
   * @returns to be called when the look-up has ended
   */
  enter(task: string, { signal, payer = '' }: Pick<CallContext, 'signal' | 'payer'>): Promise<() => void> {
    if (this.running.has(task) || this.running.size < this.limit) return Promise.resolve(this.begin(task))
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', abandon)
        resolve(this.begin(task))
      }
      const abandon = (): void => {
        this.forget(payer, task, go)
        resolve(() => undefined)
      }
      // Many look-ups stand under one signal, which would be taken for a leak from the eleventh on.
      setMaxListeners(0, signal)
      signal.addEventListener('abort', abandon, { once: true })
      const own = this.queue.get(payer) ?? new Map<string, Set<() => void>>()
      this.queue.set(payer, own.set(task, (own.get(task) ?? new Set()).add(go)))
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
    const [turn] = this.queue
    const [next] = turn?.[1].keys() ?? []
    if (turn === undefined || next === undefined) return
    const [payer, own] = turn
    this.queue.delete(payer)
    this.queue.set(payer, own)
    for (const [other, waiting] of this.queue) {
      const same = waiting.get(next) ?? []
      waiting.delete(next)
      if (waiting.size === 0) this.queue.delete(other)
      for (const go of same) go()
    }
  }

  private forget(payer: string, task: string, go: () => void): void {
    const own = this.queue.get(payer)
    const same = own?.get(task)
    same?.delete(go)
    if (same?.size === 0) own?.delete(task)
    if (own?.size === 0) this.queue.delete(payer)
  }
}
