/** A signal that ends what takes too long. */
export interface TimeLimit {
  /** Aborts when the time is over, or with the outer signal. */
  readonly signal: AbortSignal
  /** To be called when nothing is asked under it any more: leaves neither timer nor listener behind. */
  readonly end: () => void
}

/** Runs it so many milliseconds later; gives what calls that off. */
export type Later = (run: () => void, delayMs: number) => () => void

/**
 * Not `AbortSignal.any([outer, AbortSignal.timeout(ms)])`: on Node 20 a garbage collection takes that timeout away
 * and it never fires, and a long-lived outer signal keeps every one of them.
 * @param tooLate the reason when the time is over
 */
export function timeLimit(
  outer: AbortSignal,
  limitMs: number,
  tooLate: () => Error,
  later: Later = afterTimer,
): TimeLimit {
  const inner = new AbortController()
  const follow = (): void => inner.abort(outer.reason)
  const callOff = later(() => inner.abort(tooLate()), limitMs)
  outer.addEventListener('abort', follow, { once: true })
  if (outer.aborted) follow()
  return {
    signal: inner.signal,
    end() {
      callOff()
      outer.removeEventListener('abort', follow)
    },
  }
}

/** The deadline of a request, which tells it from a caller that went away. */
export function deadlinePassed(): Error {
  return new DOMException('the deadline of the request has passed', 'TimeoutError')
}

/** By the timers of the process. */
export function afterTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}
