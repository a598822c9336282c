/** Our clock, corrected by what the cloud says its own is. */
export interface ServerClock {
  /** Unix seconds for `X-TC-Timestamp`. */
  second(): number
  /** Follows a `Date` header; false where it tells nothing. */
  learn(date: string): boolean
}

export function createServerClock(
  clock: { now(): number },
  onLearnt?: (offsetMs: number) => void,
): ServerClock {
  let offsetMs = 0
  return {
    second: () => Math.floor((clock.now() + offsetMs) / 1000),
    learn(date) {
      const serverMs = Date.parse(date)
      if (Number.isNaN(serverMs)) return false
      offsetMs = serverMs - clock.now()
      onLearnt?.(offsetMs)
      return true
    },
  }
}
