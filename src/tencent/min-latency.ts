/** The shortest time that exchanges take at present. */
export interface MinLatency {
  observe(latencyMs: number, nowMs: number): void
  /** 0 until it is known well enough. */
  currentMs(): number
}

const SPELL_MS = 3000
/** From fewer exchanges the least of them says too little about the next one. */
const ENOUGH = 30

interface Spell {
  readonly sinceMs: number
  count: number
  leastMs: number
}

/** The least of the last three to six seconds, so that no short spell of slowness passes for the usual. */
export function createMinLatency(): MinLatency {
  let current: Spell = { sinceMs: -Infinity, count: 0, leastMs: 0 }
  let known = 0
  return {
    observe(latencyMs, nowMs) {
      const ageMs = nowMs - current.sinceMs
      if (ageMs < 0 || ageMs >= SPELL_MS) {
        known = ageMs < 2 * SPELL_MS && current.count >= ENOUGH ? current.leastMs : 0
        current = { sinceMs: nowMs, count: 0, leastMs: latencyMs }
      }
      current.count += 1
      current.leastMs = Math.min(current.leastMs, latencyMs)
    },
    currentMs: () => Math.min(known, current.leastMs),
  }
}
