import type { CallContext } from '../call-context'
import { timeLimit } from '../time-limit'
import type { LiveTools } from './tools'

export interface TimedScope {
  readonly scope: CallContext
  /** To be called when nothing is asked under it any more. */
  readonly end: () => void
}

/** A scope that ends with the signal, or after its time. */
export function timedScope(
  signal: AbortSignal,
  ms: number,
  { clock, later }: Pick<LiveTools, 'clock' | 'later'>,
  over: Pick<CallContext, 'notBeforeMs' | 'background'> = {},
): TimedScope {
  const tooLate = (): Error => new DOMException(`no answer within ${ms} ms`, 'TimeoutError')
  const limit = timeLimit(signal, ms, tooLate, later)
  return {
    scope: { signal: limit.signal, deadlineMs: clock.now() + ms, ...over },
    end: limit.end,
  }
}
