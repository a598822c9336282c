import { setMaxListeners } from 'node:events'

/** Null as soon as the signal aborts: the work goes on for the others who wait for it. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(null)
    // Many may wait under one signal, which Node takes for a leak from the eleventh listener on.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    work.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
  })
}
