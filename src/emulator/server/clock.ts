import { setTimeout } from 'node:timers/promises'

/** Unix milliseconds. */
export type Now = () => number

/** Rejects when the signal aborts. */
export type Sleep = (delayMs: number, signal: AbortSignal) => Promise<void>

export const realSleep: Sleep = (delayMs, signal) => setTimeout(delayMs, undefined, { signal })

/** The emulated cloud's clock: the given one, set forward or back by tests. */
export class ShiftedClock {
  shiftMs = 0

  constructor(readonly real: Now) {}

  now(): number {
    return this.real() + this.shiftMs
  }
}
