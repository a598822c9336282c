import type { Log } from './log'

/** Told why a caller was refused, in fixed words: nothing that the caller sent. */
export type CallerReport = (reason: string, detail?: unknown) => void

/** Whoever goes on with the same wrong credentials is one line a second. */
const QUIET_MS = 1000

/** Logs why callers were refused, equal reasons once a second with the number of those left out since. */
export function createCallerReport(log: Pick<Log, 'warn'>, now: () => number): CallerReport {
  const told = new Map<string, { atMs: number; leftOut: number }>()
  return (reason, detail) => {
    const key = JSON.stringify([reason, detail])
    const last = told.get(key)
    if (last !== undefined && now() - last.atMs < QUIET_MS) {
      last.leftOut += 1
      return
    }
    told.set(key, { atMs: now(), leftOut: 0 })
    log.warn({ reason, detail, leftOut: last?.leftOut ?? 0 }, 'a caller was refused')
  }
}
