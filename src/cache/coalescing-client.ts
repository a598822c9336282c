import { setMaxListeners } from 'node:events'
import type { CallContext, UpstreamMeter } from '../call-context'
import { sizeOfJson } from './size-estimate'
import type { Answer, AnswerStore } from './answer-store'
import { createFlight, type Flight, type AbortErrorOf } from './flight'
import { cacheKey } from './cache-key'

/** Whatever asks an upstream. */
export interface Client<A extends Answer> {
  call(action: string, parameters: Readonly<Record<string, unknown>>, scope: CallContext): Promise<A>
}

export interface CoalescingOptions<A extends Answer> {
  readonly client: Client<A>
  /** Account, product and region: nothing is shared with a client of another name. */
  readonly name: string
  readonly store: AnswerStore<A>
  /** How old an answer may be that is served again; 0 keeps none. */
  readonly ttlMs: number
  /** False for an answer that nothing can be read from, which is handed out and not kept. */
  readonly isUsable: (answer: A) => boolean
  /** What is kept of an answer, and reads as it does. */
  readonly toKept: (answer: A) => A
  readonly abortError: AbortErrorOf
  /** Unix milliseconds. */
  readonly now: () => number
}

/**
 * Equal calls that overlap are one, and an answer is served again while it is young; its age counts from the moment
 * at which the question was sent. Whoever starts a call pays for it. A failure goes to all who wait, and is not kept.
 */
export function createCoalescingClient<A extends Answer>(options: CoalescingOptions<A>): Client<A> {
  const { client, name, store, ttlMs, isUsable, toKept, abortError, now } = options
  const flights = new Map<string, Flight<A>>()

  const lookUp = async (key: string, { notBeforeMs = -Infinity, signal }: CallContext): Promise<A | null> => {
    const found = ttlMs > 0 ? store.get(key, notBeforeMs) : null
    const answer = found instanceof Promise ? await orAborted(found, signal) : found
    if (answer === null) return null
    const ageMs = now() - answer.askedAtMs
    // A clock that was set back must not keep an answer alive for as long.
    return ageMs >= 0 && ageMs < ttlMs && answer.askedAtMs >= notBeforeMs ? answer : null
  }

  /** False where the answer is not kept. */
  const keep = (key: string, answer: A): boolean => {
    const keepMs = answer.askedAtMs + ttlMs - now()
    if (keepMs <= 0 || !isUsable(answer)) return false
    store.set(key, toKept(answer), keepMs, sizeOfJson(answer.body.length))
    return true
  }

  const takeOff = (key: string, meter: UpstreamMeter, ask: (scope: CallContext) => Promise<A>): Flight<A> => {
    const landed = async (scope: CallContext): Promise<A> => {
      let isKept = false
      try {
        const answer = await ask(scope)
        isKept = keep(key, answer)
        return answer
      } finally {
        if (!isKept && ttlMs > 0) store.giveUp?.(key)
        if (flights.get(key) === flight) flights.delete(key)
      }
    }
    const flight = createFlight({ ask: landed, startedMs: now(), meter, abortError })
    flights.set(key, flight)
    return flight
  }

  return {
    async call(action, parameters, scope) {
      const key = cacheKey(name, action, parameters)
      const kept = await lookUp(key, scope)
      if (scope.signal.aborted) throw abortError(scope.signal, null)
      if (kept !== null) {
        scope.meter.cacheHits += 1
        return kept
      }
      const open = flights.get(key)
      if (open?.isOpen() === true && open.startedMs >= (scope.notBeforeMs ?? -Infinity)) {
        scope.meter.shared += 1
        return open.join(scope)
      }
      return takeOff(key, scope.meter, (shared) => client.call(action, parameters, shared)).join(scope)
    },
  }
}

/** Null as soon as the signal aborts: the search goes on for the others. */
function orAborted<T>(found: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(null)
    setMaxListeners(0, signal)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    found.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
  })
}
