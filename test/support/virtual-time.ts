import { setImmediate } from 'node:timers/promises'

/** A clock whose sleepers wake in order, as fast as the machine can. */
export interface VirtualTime {
  readonly now: () => number
  readonly sleep: (delayMs: number) => Promise<void>
  /** Sets the clock without waking anybody, as an operator or NTP may. */
  set(nowMs: number): void
  /** Lets time pass, sleeper by sleeper, until this moment. */
  runUntil(endMs: number): Promise<void>
}

export function createVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs
  const sleepers: { dueMs: number; wake: () => void }[] = []
  return {
    now: () => nowMs,
    set: (ms) => {
      nowMs = ms
    },
    sleep: (delayMs) => new Promise((wake) => sleepers.push({ dueMs: nowMs + delayMs, wake })),
    async runUntil(endMs) {
      await setImmediate()
      for (;;) {
        sleepers.sort((a, b) => a.dueMs - b.dueMs)
        const next = sleepers[0]
        if (next === undefined || next.dueMs > endMs) break
        sleepers.shift()
        nowMs = Math.max(nowMs, next.dueMs)
        next.wake()
        await setImmediate()
      }
      nowMs = Math.max(nowMs, endMs)
    },
  }
}
