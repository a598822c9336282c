/** Keeps a replica from joining and leaving all the time where Redis answers now and then only. */
export interface Strikes {
  joined(): void
  /** Redis failed a replica that had joined. */
  left(): void
  /** It failed one that tried to join. */
  failed(wasAlone: boolean): void
  mayJoin(): boolean
}

/** Whoever stayed for so long has a clean record again. */
const STEADY_MS = 2000
/** Single slow answers are usual: a full collection of garbage is enough. */
const FREE = 3
const FIRST_PAUSE_MS = 3000
const LONGEST_PAUSE_MS = 30_000

/** The pauses double from the third failure on. */
export function createStrikes(now: () => number): Strikes {
  let count = 0
  let joinedMs = -Infinity
  let notBeforeMs = -Infinity
  const strike = (least: number): void => {
    count = Math.max(count + 1, least)
    const pauseMs = count < FREE ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - FREE))
    notBeforeMs = now() + pauseMs
  }
  return {
    joined() {
      joinedMs = now()
    },
    left() {
      if (now() - joinedMs >= STEADY_MS) count = 0
      strike(0)
    },
    // Who was on its own has to be quiet again after it, so not too often.
    failed: (wasAlone) => strike(wasAlone ? FREE : 0),
    mayJoin: () => now() >= notBeforeMs,
  }
}
