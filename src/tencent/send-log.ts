/** When the cloud counted the last calls of one quota, at the latest. */
export interface SendLog {
  /** Enters a call that is sent now; the function moves it to the moment at which its answer came. */
  add(nowMs: number): (answeredMs: number) => void
  /** How long the call has to wait that has `ahead` calls before it in the queue. */
  waitMs(ahead: number, nowMs: number): number
}

interface Entry {
  ms: number
}

/** A rate below one call a second makes the window longer instead. */
export function createSendLog(callsPerSecond: number, marginMs: number): SendLog {
  const size = Math.max(1, Math.floor(callsPerSecond))
  const windowMs = Math.ceil(1000 * Math.max(1, 1 / callsPerSecond)) + marginMs
  // Oldest first; a call may go a window after the one that was counted `size` calls before it.
  const entries = Array.from({ length: size }, (): Entry => ({ ms: -Infinity }))
  // A clock that was set back must not close the quota for as long: what lies ahead of it was sent just now.
  const follow = (nowMs: number): void => {
    for (const entry of entries) entry.ms = Math.min(entry.ms, nowMs)
  }
  return {
    add(nowMs) {
      follow(nowMs)
      const entry = { ms: nowMs }
      entries.shift()
      entries.push(entry)
      return (answeredMs) => {
        entry.ms = Math.max(entry.ms, answeredMs)
        entries.sort((a, b) => a.ms - b.ms)
      }
    },
    waitMs(ahead, nowMs) {
      follow(nowMs)
      const freeMs = (entries[ahead % size]?.ms ?? -Infinity) + windowMs
      return Math.max(0, freeMs - nowMs) + Math.floor(ahead / size) * windowMs
    },
  }
}
