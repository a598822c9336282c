/** When the last calls of one quota were sent. */
export interface SendLog {
  add(nowMs: number): void
  /** How long the call has to wait that has `ahead` calls before it in the queue. */
  waitMs(ahead: number, nowMs: number): number
}

/** A rate below one call a second makes the window longer instead. */
export function createSendLog(callsPerSecond: number, marginMs: number): SendLog {
  const size = Math.max(1, Math.floor(callsPerSecond))
  const windowMs = Math.ceil(1000 * Math.max(1, 1 / callsPerSecond)) + marginMs
  // Oldest first; a call may go a window after the one that was sent `size` calls before it.
  let sentMs = Array.from({ length: size }, () => -Infinity)
  // A clock that was set back must not close the quota for as long: what lies ahead of it was sent just now.
  const follow = (nowMs: number): void => {
    if ((sentMs.at(-1) ?? nowMs) > nowMs) sentMs = sentMs.map((ms) => Math.min(ms, nowMs))
  }
  return {
    add(nowMs) {
      follow(nowMs)
      sentMs.shift()
      sentMs.push(nowMs)
    },
    waitMs(ahead, nowMs) {
      follow(nowMs)
      const freeMs = (sentMs[ahead % size] ?? -Infinity) + windowMs
      return Math.max(0, freeMs - nowMs) + Math.floor(ahead / size) * windowMs
    },
  }
}
