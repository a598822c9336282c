import { setMaxListeners } from 'node:events'
import type { CallContext } from '../call-context'

/** What one caller has running, how often each, and what waits. */
interface Own {
  readonly running: Map<string, number>
  readonly waiting: Map<string, Set<() => void>>
}

/**
 * Lets each caller run a few look-ups at a time, the first first, so that none waits for those of another. Those of one
 * task count once: their calls are shared.
 */
export class LookUpSlots {
  private readonly callers = new Map<string, Own>()

  /** @param limit of one caller */
  constructor(private readonly limit: number) {}

  /**
   * Resolves when the look-up may run, or when its signal aborts: then the call that follows fails by itself.
   * @returns to be called when the look-up has ended
   */
  enter(task: string, { signal, payer = '' }: Pick<CallContext, 'signal' | 'payer'>): Promise<() => void> {
    const own: Own = this.callers.get(payer) ?? { running: new Map(), waiting: new Map() }
    this.callers.set(payer, own)
    const begin = (): (() => void) => {
      own.running.set(task, (own.running.get(task) ?? 0) + 1)
      return () => this.end(payer, own, task)
    }
    if (own.running.has(task) || own.running.size < this.limit) return Promise.resolve(begin())
    return new Promise((resolve) => {
      const same = own.waiting.get(task) ?? new Set<() => void>()
      const go = (): void => {
        signal.removeEventListener('abort', abandon)
        resolve(begin())
      }
      const abandon = (): void => {
        same.delete(go)
        if (same.size === 0) own.waiting.delete(task)
        resolve(() => undefined)
      }
      // Many look-ups stand under one signal, which would be taken for a leak from the eleventh on.
      setMaxListeners(0, signal)
      signal.addEventListener('abort', abandon, { once: true })
      own.waiting.set(task, same.add(go))
    })
  }

  private end(payer: string, { running, waiting }: Own, task: string): void {
    const left = (running.get(task) ?? 1) - 1
    if (left > 0) {
      running.set(task, left)
      return
    }
    running.delete(task)
    const [next] = waiting
    if (next === undefined) {
      if (running.size === 0) this.callers.delete(payer)
      return
    }
    const [name, same] = next
    waiting.delete(name)
    for (const go of same) go()
  }
}
