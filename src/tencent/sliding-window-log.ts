import type { Slot } from '../upstream-call'

/** Leave for one call, or how long to wait before asking again. */
export type Taken = Slot | { readonly waitMs: number }

/** When the cloud counted the last calls of one quota, at the latest. */
export interface SlidingWindowLog {
  /** Enters a call that goes now, where one may at `rate` calls a window. Never rejects. */
  take(rate: number, nowMs: number): Taken | Promise<Taken>
  /** How long the call will have to wait, about, that has `ahead` calls before it in the queue, at `rate` calls a window. */
  waitMs(ahead: number, rate: number, nowMs: number): number
}

interface Entry {
  /** When it was counted at the latest; Infinity while it waits for a connection. */
  ms: number
  isUnderWay: boolean
}

/** A call that was written is counted by then, answered or not: about as long as an attempt may take. */
export const UNDER_WAY_MS = 2000

/**
 * A call is counted some time between being written and being answered. The shortest exchanges show how much of an
 * exchange is the way and the work that every call has; so a call was counted at the latest by its end less that.
 */
export function createSlidingWindowLog(size: number, windowMs: number): SlidingWindowLog {
  const floor = new MinLatency()
  // Oldest first; a call may go a window after the one that was counted `rate` calls before it.
  const entries = Array.from({ length: size }, (): Entry => ({ ms: -Infinity, isUnderWay: false }))
  let lastMs = -Infinity
  // A clock that was set back must not close the quota for as long: what lies ahead of it was sent just now.
  const follow = (nowMs: number): void => {
    const latestMs = nowMs + UNDER_WAY_MS
    if (nowMs < lastMs)
      for (const entry of entries) if (entry.ms !== Infinity) entry.ms = Math.min(entry.ms, latestMs)
    lastMs = nowMs
  }
  const move = (entry: Entry, ms: number): void => {
    const from = entries.lastIndexOf(entry)
    // It may have been pushed out since.
    if (from >= 0) entries.splice(from, 1)
    entry.ms = ms
    if (from >= 0) entries.splice(entries.findLastIndex((other) => other.ms <= ms) + 1, 0, entry)
  }
  const countedMs = ({ ms }: Entry, nowMs: number): number => Math.min(ms, nowMs + UNDER_WAY_MS)
  return {
    take(rate, nowMs) {
      follow(nowMs)
      const before = entries[size - rate]
      const delayMs = before === undefined ? 0 : countedMs(before, nowMs) + windowMs - nowMs
      if (delayMs > 0) return { waitMs: delayMs }
      const entry: Entry = { ms: Infinity, isUnderWay: true }
      entries.shift()
      entries.push(entry)
      let sinceMs: number | null = null
      return {
        written(writtenMs) {
          sinceMs = writtenMs
          move(entry, writtenMs + UNDER_WAY_MS)
        },
        ended(endedMs) {
          entry.isUnderWay = false
          if (sinceMs !== null) floor.observe(Math.max(0, endedMs - sinceMs), endedMs)
          move(entry, Math.min(entry.ms, endedMs - floor.currentMs()))
        },
      }
    },
    waitMs(ahead, rate, nowMs) {
      follow(nowMs)
      const before = entries[size - rate + (ahead % rate)]
      if (before === undefined) return 0
      // Most answers come soon, so this tells what is likely, and `take` what is safe.
      const likelyMs = countedMs(before, nowMs) - (before.isUnderWay ? UNDER_WAY_MS : 0)
      return Math.max(0, likelyMs + windowMs - nowMs) + Math.floor(ahead / rate) * windowMs
    },
  }
}

const SPELL_MS = 3000
/** From fewer exchanges the least of them says too little about the next one. */
const ENOUGH = 30

/**
 * The shortest time that exchanges take at present: the least of the last three to six seconds, so that no short spell of
 * slowness passes for the usual.
 */
export class MinLatency {
  private spell = { sinceMs: -Infinity, count: 0, leastMs: 0 }
  private knownMs = 0

  observe(latencyMs: number, nowMs: number): void {
    const ageMs = nowMs - this.spell.sinceMs
    if (ageMs < 0 || ageMs >= SPELL_MS) {
      this.knownMs = ageMs < 2 * SPELL_MS && this.spell.count >= ENOUGH ? this.spell.leastMs : 0
      this.spell = { sinceMs: nowMs, count: 0, leastMs: latencyMs }
    }
    this.spell.count += 1
    this.spell.leastMs = Math.min(this.spell.leastMs, latencyMs)
  }

  /** 0 until it is known well enough. */
  currentMs(): number {
    return Math.min(this.knownMs, this.spell.leastMs)
  }
}
