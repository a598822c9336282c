import { setMaxListeners } from 'node:events'
import type { CallScope, QueuePlace, Span, UpstreamMeter } from '../scope'

/** One call that several callers wait for. */
export interface Flight<A> {
  /** Unix milliseconds: the question is not sent earlier. */
  readonly startedMs: number
  /** False once everybody has left, which ends the call. */
  isOpen(): boolean
  /** Waits under the caller's own signal; the first to join starts the call. */
  join(scope: CallScope): Promise<A>
}

export interface FlightOptions<A> {
  readonly ask: (scope: CallScope) => Promise<A>
  readonly startedMs: number
  /** Charged with what the call costs. */
  readonly meter: UpstreamMeter
  readonly givenUp: GivenUp
}

/**
 * How a wait fails that its own signal has ended.
 * @param queuedMs how much longer the call would have waited for quota; null where it did not
 */
export type GivenUp = (signal: AbortSignal, queuedMs: number | null) => Error

interface Waiter {
  readonly deadlineMs: number
  readonly background: boolean
}

/** A call with a scope of its own: its deadline is the latest of those who wait, and it ends when the last has left. */
export function createFlight<A>({ ask, startedMs, meter, givenUp }: FlightOptions<A>): Flight<A> {
  const waiting = new Set<Waiter>()
  const controller = new AbortController()
  const place: QueuePlace = { leftMs: null }
  let startedFor: Span | undefined
  const shared: CallScope = {
    signal: controller.signal,
    meter,
    place,
    get deadlineMs() {
      return Math.max(...Array.from(waiting, ({ deadlineMs }) => deadlineMs))
    },
    get callers() {
      return waiting.size
    },
    get background() {
      for (const { background } of waiting) if (!background) return false
      return true
    },
    get span() {
      return startedFor
    },
  }
  let answer: Promise<A> | null = null
  return {
    startedMs,
    isOpen: () => !controller.signal.aborted,
    join: ({ signal, span, deadlineMs = Infinity, background = false }) =>
      new Promise((resolve, reject) => {
        const waiter = { deadlineMs, background }
        const leave = (): void => {
          const queuedMs = place.leftMs?.() ?? null
          waiting.delete(waiter)
          if (waiting.size === 0) controller.abort(signal.reason)
          reject(givenUp(signal, queuedMs))
        }
        waiting.add(waiter)
        // Many waits stand under one signal, which would be taken for a leak from the eleventh on.
        setMaxListeners(0, signal)
        signal.addEventListener('abort', leave, { once: true })
        startedFor ??= span
        answer ??= ask(shared)
        answer.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
      }),
  }
}
