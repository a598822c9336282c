import type { CallContext } from '../call-context'

/** A call that waits. */
interface Waiting {
  readonly context: CallContext
}

/** A call, and the caller whose turn it takes. */
interface Turn<W> {
  readonly call: W
  readonly payer: string
}

/** Who has had so many calls in a window leaves one of its calls to others. */
const CALLS_PER_SPARED_CALL = 9

/** Beyond so many, whose turn it is starts anew. */
const MAX_CALLERS = 10_000
/** More than the turns that a process ever gives. */
const STEP = 2 ** 40

/**
 * Calls that wait to be sent. Callers take turns, and the calls of one caller go in order. Background calls go after those
 * that requests wait for, but before those of callers that have to leave calls of this window to others. A call that
 * several callers wait for goes at the first turn of any of them, and takes that turn.
 */
export class FairQueue<W extends Waiting> {
  private readonly waiting: W[] = []
  /** When each caller had its last turn, or came first: a number that rises. */
  private readonly turns = new Map<string, number>()
  private lastTurn = 0

  constructor(private readonly recent: RecentCalls) {}

  get length(): number {
    return this.waiting.length
  }

  push(call: W): void {
    this.waiting.push(call)
  }

  remove(call: W): void {
    this.waiting.splice(this.waiting.indexOf(call), 1)
  }

  removeAll(): readonly W[] {
    return this.waiting.splice(0)
  }

  find(context: CallContext): W | undefined {
    return this.waiting.find((call) => call.context === context)
  }

  /** A call of the caller goes. */
  takeTurn(payer: string, nowMs: number): void {
    if (this.turns.size >= MAX_CALLERS) this.turns.clear()
    this.turns.set(payer, ++this.lastTurn)
    this.recent.add(payer, nowMs)
  }

  /** Whose turn it is; null where nobody waits. To be asked each time: callers join calls that wait, and leave them. */
  next(nowMs: number): Turn<W> | null {
    let first: Turn<W> | null = null
    let least = Infinity
    for (const call of this.waiting) {
      const isLast = call.context.background === true
      for (const payer of payersOf(call.context)) {
        const steps = 2 * this.recent.sparedBy(payer, nowMs) + (isLast ? 1 : 0)
        const rank = steps * STEP + this.turnOf(payer)
        if (rank < least) [first, least] = [{ call, payer }, rank]
      }
    }
    return first
  }

  /**
   * How many calls go before one, about.
   * @param own a call that waits already; absent for one that would wait from now on
   */
  ahead(context: CallContext, own?: W): number {
    const isUrgent = context.background !== true
    const rivals = isUrgent ? this.waiting.filter((call) => call.context.background !== true) : this.waiting
    const place = own === undefined ? rivals.length : rivals.indexOf(own)
    const all = countByPayer(rivals)
    const earlier = countByPayer(rivals.slice(0, place))
    const turns = [...payersOf(context)].map((payer) => {
      const mine = earlier.get(payer) ?? 0
      const others = [...all].map(([other, count]) => (other === payer ? 0 : Math.min(count, mine + 1)))
      return others.reduce((sum, count) => sum + count, mine)
    })
    return Math.min(rivals.length, ...turns)
  }

  /** Who was not seen before comes after those who were. */
  private turnOf(payer: string): number {
    const known = this.turns.get(payer)
    if (known !== undefined) return known
    this.turns.set(payer, ++this.lastTurn)
    return this.lastTurn
  }
}

/** The calls of the gateway itself. */
const NOBODY = ''

function payersOf({ payers, payer = NOBODY }: CallContext): Iterable<string> {
  return payers ?? [payer]
}

function countByPayer(calls: readonly Waiting[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { context } of calls)
    for (const payer of payersOf(context)) counts.set(payer, (counts.get(payer) ?? 0) + 1)
  return counts
}

/** How many calls each caller has had in the last window. */
export class RecentCalls {
  private readonly payers: string[]
  private readonly sentMs: Float64Array
  /** Where the oldest is, and how many there are. */
  private oldest = 0
  private length = 0
  private readonly counts = new Map<string, number>()

  /** @param size the most calls of a window */
  constructor(
    private readonly size: number,
    private readonly windowMs: number,
  ) {
    this.payers = Array.from({ length: size }, () => '')
    this.sentMs = new Float64Array(size)
  }

  add(payer: string, nowMs: number): void {
    this.forget(nowMs)
    if (this.length === this.size) this.forgetOldest()
    const at = (this.oldest + this.length) % this.size
    this.payers[at] = payer
    this.sentMs[at] = nowMs
    this.length += 1
    this.counts.set(payer, (this.counts.get(payer) ?? 0) + 1)
  }

  of(payer: string, nowMs: number): number {
    this.forget(nowMs)
    return this.counts.get(payer) ?? 0
  }

  /** How many calls of a window the caller leaves to others, so that one who comes now finds room; the gateway itself none. */
  sparedBy(payer: string, nowMs: number): number {
    return payer === NOBODY ? 0 : Math.floor(this.of(payer, nowMs) / CALLS_PER_SPARED_CALL)
  }

  private forget(nowMs: number): void {
    while (this.length > 0) {
      const ageMs = nowMs - (this.sentMs[this.oldest] ?? 0)
      // A clock that was set back must not make anybody spare calls for as long.
      if (ageMs >= 0 && ageMs < this.windowMs) return
      this.forgetOldest()
    }
  }

  private forgetOldest(): void {
    const payer = this.payers[this.oldest] ?? ''
    const left = (this.counts.get(payer) ?? 1) - 1
    if (left > 0) this.counts.set(payer, left)
    else this.counts.delete(payer)
    this.oldest = (this.oldest + 1) % this.size
    this.length -= 1
  }
}
