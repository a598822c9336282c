import type { Task } from './task'

/** What finding needs beside a source. */
export interface FinderTools {
  /** How old an answer may be that the source below serves again. */
  readonly cacheTtlMs: number
  /** Tasks that are finished, by identity, and so need not be asked for again. */
  readonly finished: { get(task: string): Task | null; set(task: string, value: Task): void }
  /** Runs it a moment later: until then ids are gathered. */
  readonly later: (run: () => void) => void
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Without a memory: what is asked for in one turn is asked together. */
export function forgetful(now: () => number): FinderTools {
  return { cacheTtlMs: 0, finished: { get: () => null, set: () => undefined }, later: setImmediate, now }
}
