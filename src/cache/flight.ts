import { setMaxListeners } from 'node:events'
import type { CallContext, QueuePlace, Span, UpstreamMeter } from '../call-context'

/** One call that several callers wait for. */
export interface Flight<A> {
  /** Unix milliseconds: the question is not sent earlier. */
  readonly startedMs: number
  /** False once it has landed, or everybody has left, which ends the call. */
  isOpen(): boolean
  /** Waits under the caller's own signal; the first to join starts the call. */
  join(scope: CallContext): Promise<A>
}

export interface FlightOptions<A> {
  readonly ask: (scope: CallContext) => Promise<A>
  readonly startedMs: number
  /** Charged with what the call costs. */
  readonly meter: UpstreamMeter
  readonly abortError: AbortErrorOf
}

/**
 * How a wait fails that its own signal has ended.
 * @param queuedMs how much longer the call would have waited for quota; null where it did not
 */
export type AbortErrorOf = (signal: AbortSignal, queuedMs: number | null) => Error

interface Waiter {
  readonly deadlineMs: number
  readonly background: boolean
}

/** A call with a scope of its own: its deadline is the latest of those who wait, and it ends when the last has left. */
export function createFlight<A>({ ask, startedMs, meter, abortError }: FlightOptions<A>): Flight<A> {
  const waiting = new Set<Waiter>()
  const controller = new AbortController()
  const shared = new SharedScope(waiting, controller.signal, meter)
  let answer: Promise<A> | null = null
  let isOver = false
  // A Map of flights that has grown leaves a table behind, which holds them until the old part of the heap is collected,
  // and they would hold their answers.
  const land = (): void => {
    isOver = true
    answer = null
  }
  const begin = (): Promise<A> => {
    const asked = ask(shared)
    asked.then(land, land)
    return asked
  }
  return {
    startedMs,
    isOpen: () => !isOver && !controller.signal.aborted,
    join: ({ signal, span, deadlineMs = Infinity, background = false }) =>
      new Promise((resolve, reject) => {
        const waiter = { deadlineMs, background }
        const leave = (): void => {
          const queuedMs = shared.place.leftMs?.() ?? null
          waiting.delete(waiter)
          if (waiting.size === 0) controller.abort(signal.reason)
          reject(abortError(signal, queuedMs))
        }
        const landed = (): void => signal.removeEventListener('abort', leave)
        waiting.add(waiter)
        // Many waits stand under one signal, which would be taken for a leak from the eleventh on.
        setMaxListeners(0, signal)
        signal.addEventListener('abort', leave, { once: true })
        shared.span ??= span
        answer ??= begin()
        answer.finally(landed).then(resolve, reject)
      }),
  }
}

/**
 * What all who wait want together. A class, since V8 keeps an object that brings getters of its own, and all that these
 * reach, until it collects its old generation.
 */
class SharedScope implements CallContext {
  readonly place: QueuePlace = { leftMs: null }
  /** Of the first who asked. */
  span: Span | undefined

  constructor(
    private readonly waiting: ReadonlySet<Waiter>,
    readonly signal: AbortSignal,
    readonly meter: UpstreamMeter,
  ) {}

  get deadlineMs(): number {
    let latestMs = -Infinity
    for (const { deadlineMs } of this.waiting) latestMs = Math.max(latestMs, deadlineMs)
    return latestMs
  }

  get callers(): number {
    return this.waiting.size
  }

  get background(): boolean {
    for (const { background } of this.waiting) if (!background) return false
    return true
  }
}
