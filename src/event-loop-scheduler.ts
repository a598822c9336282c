import { nextTick } from 'node:process'

/** What begins a request waits for what ends one: little is held then by requests that are under way. */
export type Work = 'begin' | 'end'

/** Schedules work in slices of a few milliseconds so that the event loop stays responsive. */
export interface EventLoopScheduler {
  /** Resolves when the slice may run, which must then happen at once; immediately if there is little to do. */
  yieldTurn(work: Work): Promise<void>
  /** How long the oldest slice that begins something has been waiting, without pauses of the process; 0 if none waits. */
  waitingMs(): number
}

/** After so long the loop goes round, and hears of what has come in. */
const SPELL_MS = 5
/** Small pieces go on for so long in one round, which costs as much as one of them; after a larger one the loop is heard. */
const ROUND_MS = 2

/** Time that the process was not given, or spent on something else, says nothing of how much there is to do. */
const LONGEST_ROUND_MS = 100

interface Waiter {
  readonly sinceMs: number
  go(): void
}

export interface SchedulerOptions {
  /** Milliseconds by any clock that never goes back; the process' own if absent. */
  readonly now?: () => number
  /** Runs it when the loop has gone round; `setImmediate` if absent. */
  readonly later?: (run: () => void) => void
  /** Runs it when a piece has done what it does without waiting; behind all microtasks if absent. */
  readonly behind?: (run: () => void) => void
}

export function createScheduler({
  now = nowMs,
  later = setImmediate,
  behind = behindMicrotasks,
}: SchedulerOptions = {}): EventLoopScheduler {
  const waiting: Record<Work, Waiter[]> = { begin: [], end: [] }
  /** Null while the loop has nothing of this to do. */
  let spellEndsMs: number | null = null
  let [lastMs, ranMs] = [now(), 0]
  const runningMs = (): number => {
    const atMs = now()
    ranMs += Math.min(atMs - lastMs, LONGEST_ROUND_MS)
    lastMs = atMs
    return ranMs
  }

  let roundEndsMs = 0
  const isOver = (): boolean => spellEndsMs === null || now() >= spellEndsMs
  const begin = (): void => {
    spellEndsMs = now() + SPELL_MS
    later(goOn)
  }
  const goOn = (): void => {
    runningMs()
    spellEndsMs = null
    const first = waiting.end.shift() ?? waiting.begin.shift()
    if (first === undefined) return
    begin()
    roundEndsMs = now() + ROUND_MS
    go(first)
  }
  /** What ends something goes on in the same round; before more is begun, what has come in is heard. */
  const go = (waiter: Waiter): void => {
    behind(() => {
      const next = now() < roundEndsMs ? waiting.end.shift() : undefined
      if (next !== undefined) go(next)
    })
    waiter.go()
  }

  return {
    yieldTurn(work) {
      if (spellEndsMs === null) begin()
      const isFree = waiting.end.length + waiting.begin.length === 0
      if (isFree && !isOver()) return Promise.resolve()
      return new Promise((resolve) => waiting[work].push({ sinceMs: runningMs(), go: resolve }))
    },
    waitingMs: () => (waiting.begin[0] === undefined ? 0 : runningMs() - waiting.begin[0].sinceMs),
  }
}

/** The microtasks that a piece has begun, and those that these begin, run before a tick that one of them asks for. */
function behindMicrotasks(run: () => void): void {
  queueMicrotask(() => nextTick(run))
}

function nowMs(): number {
  return performance.now()
}
