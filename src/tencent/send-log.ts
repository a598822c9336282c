import { createLatencyFloor } from './latency-floor'

/** One call in the log. */
export interface SentCall {
  /** It has been written to a connection. */
  written(nowMs: number): void
  /** It has ended, however that was. */
  ended(nowMs: number): void
}

/** Leave for one call, or how long to wait before asking again. */
export type Taken = SentCall | { readonly waitMs: number }

/** When the cloud counted the last calls of one quota, at the latest. */
export interface SendLog {
  /** Enters a call that goes now, where one may at `rate` calls a window. Never rejects. */
  take(rate: number, nowMs: number): Taken | Promise<Taken>
  /** How long the call has to wait that has `ahead` calls before it in the queue, at `rate` calls a window. */
  waitMs(ahead: number, rate: number, nowMs: number): number
}

interface Entry {
  /** Infinity while it waits for a connection. */
  ms: number
}

/** A call that was written is counted by then, answered or not. */
export const UNDER_WAY_MS = 250

/**
 * A call is counted some time between being written and being answered. The shortest exchanges show how much of an
 * exchange is the way and the work that every call has; so a call was counted at the latest by its end less that.
 */
export function createSendLog(size: number, windowMs: number): SendLog {
  const floor = createLatencyFloor()
  // Oldest first; a call may go a window after the one that was counted `rate` calls before it.
  const entries = Array.from({ length: size }, (): Entry => ({ ms: -Infinity }))
  // A clock that was set back must not close the quota for as long: what lies ahead of it was sent just now.
  const follow = (nowMs: number): void => {
    const latestMs = nowMs + UNDER_WAY_MS
    for (const entry of entries) if (entry.ms !== Infinity) entry.ms = Math.min(entry.ms, latestMs)
  }
  const move = (entry: Entry, ms: number): void => {
    entry.ms = ms
    entries.sort(byTime)
  }
  const waitMs = (ahead: number, rate: number, nowMs: number): number => {
    follow(nowMs)
    const entry = entries[size - rate + (ahead % rate)]
    const countedMs = Math.min(entry?.ms ?? -Infinity, nowMs + UNDER_WAY_MS)
    return Math.max(0, countedMs + windowMs - nowMs) + Math.floor(ahead / rate) * windowMs
  }
  return {
    take(rate, nowMs) {
      const delayMs = waitMs(0, rate, nowMs)
      if (delayMs > 0) return { waitMs: delayMs }
      const entry = { ms: Infinity }
      entries.shift()
      entries.push(entry)
      let sinceMs = nowMs
      return {
        written(writtenMs) {
          sinceMs = writtenMs
          move(entry, writtenMs + UNDER_WAY_MS)
        },
        ended(endedMs) {
          floor.observe(Math.max(0, endedMs - sinceMs), endedMs)
          move(entry, Math.min(entry.ms, endedMs - floor.currentMs()))
        },
      }
    },
    waitMs,
  }
}

/** Infinity minus itself is no number. */
function byTime(left: Entry, right: Entry): number {
  return left.ms === right.ms ? 0 : left.ms - right.ms
}
