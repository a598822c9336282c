import { ThrottledLog } from '../lib/throttled-log'
import type { Log } from './log'

/** Logs why a caller was refused, in fixed words: nothing that the caller sent. */
export type CallerReport = (reason: string, detail?: unknown) => void

export function createCallerReport(log: Pick<Log, 'warn'>, now: () => number): CallerReport {
  const throttled = new ThrottledLog(now)
  return (reason, detail) =>
    throttled.log(JSON.stringify([reason, detail]), (leftOut) =>
      log.warn({ reason, detail, leftOut }, 'a caller was refused'),
    )
}
