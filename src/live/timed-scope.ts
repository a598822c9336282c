import { createMeter, type CallScope } from '../scope'
import type { LiveTools } from './tools'

export interface TimedScope {
  readonly scope: CallScope
  /** To be called when nothing is asked under it any more. */
  readonly end: () => void
}

/** A scope that ends with the signal, or after its time. */
export function timedScope(
  signal: AbortSignal,
  ms: number,
  { clock, later }: Pick<LiveTools, 'clock' | 'later'>,
  over: Pick<CallScope, 'notBeforeMs' | 'background'> = {},
): TimedScope {
  const own = new AbortController()
  const follow = (): void => own.abort(signal.reason)
  const timeOut = (): void => own.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'))
  const callOff = later(timeOut, ms)
  signal.addEventListener('abort', follow, { once: true })
  if (signal.aborted) follow()
  return {
    scope: { signal: own.signal, meter: createMeter(), deadlineMs: clock.now() + ms, ...over },
    end() {
      callOff()
      signal.removeEventListener('abort', follow)
    },
  }
}
