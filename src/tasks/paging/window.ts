import type { CallContext } from '../../call-context'
import { UpstreamFailure } from '../../failure'
import type { OrderDirection } from '../order'
import { MAX_LIMIT, type SourcePlan } from '../source'
import type { Task } from '../task'
import type { SourceReads } from '../observed-source'
import type { ListProblem } from './stream'

/** A stretch of an upstream list, turned into the direction of the walk. */
export interface Window {
  /** How many rows of the walk come before the first one, by the upstream's count. */
  readonly first: number
  readonly rows: readonly (Task | null)[]
  /** The window begins at the list's end on the walk's side. */
  readonly atStart: boolean
  readonly reachesEnd: boolean
  /** How many of its last rows the next window has to share, so that the one continues the other. */
  readonly overlap: number
}

/** One answer, and what it proves of the list's end. */
interface Answer {
  readonly rows: readonly (Task | null)[]
  readonly total: number
  readonly offset: number
  /** The offset behind its last row. */
  readonly end: number
  /** No row comes after it. */
  readonly endsList: boolean
}

/** The least number of rows to ask for. */
const LEAST_ROWS = 20
/** The most answers of one page that may be too large. */
const MAX_REFUSALS = 32
/** The same for a walk in which no answer has fitted yet: its upstream may be at fault, and not a row. */
const MAX_REFUSALS_IN_VAIN = 3
/** Until an answer has fitted, each one asks for a tenth of the rows of the one before. */
const STEP_IN_VAIN = 10
/** The most rows of a list that is reversed in memory. */
const MAX_TURNED = 1000

/**
 * Reads one list at indexes that count from where the walk begins, whichever way the upstream lists it. The upstream's
 * count is a hint: an answer ends the list only if it is empty, or short and agrees with the count, or ends where another
 * one of another length did.
 */
export class WindowReader {
  /** True once an answer contradicted the upstream's count, or held fewer rows than were asked for. */
  isContradicted = false
  /** True once the count was certainly wrong: no row where it has some, or rows beyond it. */
  private isRefuted = false
  private lastTotal: number | null
  /** How many rows an answer is known to hold. */
  private mostRows = 0
  /** The offset behind the last row that was seen. */
  private seenEnd = 0
  /** How many rows are asked for: fewer than the most once an answer was cut short. */
  private limit = MAX_LIMIT
  /** The last answer that was short for no known reason. */
  private short: Answer | null = null
  /** Rows before this offset are together too large for an answer. */
  private tooLargeUntil = 0
  private refusals = 0

  constructor(
    private readonly source: SourceReads,
    private readonly plan: SourcePlan,
    private readonly direction: OrderDirection,
    total: number | null,
    private readonly onProblem: (problem: ListProblem) => void,
    /** How many rows are asked for where the list begins. */
    private readonly rowsAtStart = MAX_LIMIT,
  ) {
    this.lastTotal = total
  }

  /** True where the upstream counts the rows before a second. */
  get canCount(): boolean {
    return this.source.before(this.plan, 0) !== null
  }

  /** How many rows a window holds at least from its start on, save at the list's end. */
  get width(): number {
    return this.plan.isAligned ? ALIGNED_ROWS : this.limit
  }

  /** True once an answer held fewer rows than were asked for, and than there are. */
  get isNarrow(): boolean {
    return this.isInPieces || this.limit < MAX_LIMIT
  }

  /** True once an answer was too large: windows share no rows then. */
  get isInPieces(): boolean {
    return this.refusals > 0
  }

  get total(): number | null {
    return this.lastTotal
  }

  /** True where the upstream lists the rows the other way. */
  get isAgainst(): boolean {
    return this.plan.direction !== this.direction
  }

  /** The least index that may have a row; the upstream's count gives it while nothing contradicts that. */
  get least(): number {
    return this.isAgainst && this.isRefuted ? -Infinity : 0
  }

  /** The index of the row nearest to the walk's beginning that an answer has shown. */
  get seenIndex(): number {
    return (this.lastTotal ?? 0) - this.seenEnd
  }

  /** From where the walk begins, with room for rows that arrive there at a far end; a full answer may begin behind it. */
  async readStart(room: number, scope: CallContext): Promise<Window> {
    if (!this.isAgainst) return this.read(0, scope)
    return this.orWhole(this.startAgainst(room, scope), scope)
  }

  private async startAgainst(room: number, scope: CallContext): Promise<Window> {
    const whole = this.lastTotal === null ? await this.ask({ offset: 0, limit: MAX_LIMIT }, scope) : null
    if (whole?.endsList === true) return turned(whole)
    const total = this.lastTotal ?? 0
    const isBeyond = this.seenEnd > total
    // Where more rows were seen than are counted, the list may be twice as long as its count.
    const end = Math.max(1, isBeyond ? Math.max(2 * total, this.seenEnd) + room : total + room)
    const answer = isBeyond && this.short !== null ? null : await this.askBack(end, scope)
    const { short } = this
    if (short === null || (answer !== null && answer !== short && answer.rows.length > 0))
      return turned(answer ?? (await this.askBack(end, scope)))
    // Either the list ends there, or what was cut off is what the walk comes to first.
    const behind = await this.ask(behindOf(short), scope)
    if (behind.endsList) return turned(behind.end === short.end ? { ...short, endsList: true } : behind)
    return turned(answer?.rows.length === 0 ? answer : await this.askBack(end, scope))
  }

  /** From `start`, which may be negative to leave room for rows that arrive at a far end; from before it in an aligned list. */
  async read(start: number, scope: CallContext): Promise<Window> {
    if (this.isAgainst) return this.orWhole(this.readAgainst(start, scope), scope)
    const from = Math.max(0, start)
    const { offset, rows, endsList } = await this.askFitting(
      from,
      from === 0 ? this.rowsAtStart : MAX_LIMIT,
      scope,
    )
    const overlap = this.isInPieces ? 0 : overlapWith(rows.length)
    return { first: offset, rows, atStart: offset === 0, reachesEnd: endsList, overlap }
  }

  /**
   * How many rows of the walk come before the second, as the upstream counts them; null where the first of them is too
   * large to be read.
   * @throws Error where it cannot count them
   */
  async countBefore(second: number, scope: CallContext): Promise<number | null> {
    // Against the list's direction, what the walk has still to come to stands before the second; one more leaves room
    // for a bound that is exclusive: an index that is too early is still proved, one that is too late is not.
    const narrowed = this.source.before(this.plan, this.isAgainst ? second - 2 : second)
    if (narrowed === null) throw new Error('the upstream cannot count the rows before a second')
    try {
      const { total } = await this.source.page(narrowed, 0, 1, scope)
      if (!this.isAgainst) return total
      return (this.lastTotal ?? (await this.ask({ offset: 0, limit: 1 }, scope)).total) - total
    } catch (error) {
      if (isTooLarge(error)) return null
      throw error
    }
  }

  private async readAgainst(start: number, scope: CallContext): Promise<Window> {
    const whole = this.lastTotal === null ? await this.ask({ offset: 0, limit: MAX_LIMIT }, scope) : null
    if (whole?.endsList === true) return turned(whole)
    // Room for one row more at least, so that the list's end shows.
    const end = Math.max(1, (this.lastTotal ?? 0) - (start === 0 ? -1 : start))
    const answer = await this.askBack(end, scope)
    if (answer !== this.short) return turned(answer)
    // The list ends there, or what was cut off is what the walk comes to first.
    if (start < 0) {
      const behind = await this.ask(behindOf(answer), scope)
      if (behind.endsList && behind.end === answer.end) return turned({ ...answer, endsList: true })
    }
    const again = await this.askBack(end, scope)
    return turned(again.rows.length === 0 ? answer : again)
  }

  private askBack(end: number, scope: CallContext): Promise<Answer> {
    return this.ask(
      { offset: Math.max(0, end - this.limit), limit: Math.min(this.limit, end) },
      scope,
      alignedBack,
    )
  }

  private async ask(plain: Stretch, scope: CallContext, aligned = alignedOn): Promise<Answer> {
    const { offset, limit } = this.plan.isAligned ? aligned(plain) : plain
    const page = await this.source.page(this.plan, offset, limit, scope)
    const rows = page.rows.slice(0, limit)
    const { total } = page
    const end = offset + rows.length
    const isShort = rows.length < limit
    this.lastTotal = total
    if (rows.length === 0 ? offset < total : end > total) this.isRefuted = true
    if (this.isRefuted || (isShort && end < total)) this.contradict()
    const isKnownEnd =
      end === total ||
      (this.isRefuted && rows.length < this.mostRows) ||
      (end === this.short?.end && rows.length < this.short.rows.length)
    const answer = { rows, total, offset, end, endsList: rows.length === 0 || (isShort && isKnownEnd) }
    this.mostRows = Math.max(this.mostRows, rows.length)
    if (rows.length > 0) this.seenEnd = Math.max(this.seenEnd, end)
    if (isShort && !answer.endsList) this.short = answer
    // Whether an answer was cut short or the list ends there is not known before; then the most is what one holds.
    if (isShort && end !== total) {
      const held = answer.endsList ? this.mostRows : rows.length
      this.limit = Math.min(MAX_LIMIT, Math.max(held, LEAST_ROWS))
    }
    return answer
  }

  private contradict(): void {
    this.isContradicted = true
    this.onProblem({ kind: 'contradiction' })
  }

  /** An answer that is too large is asked for with fewer rows; a row that does not fit alone is left out, and its place remembered. */
  private async askFitting(offset: number, limit: number, scope: CallContext): Promise<Answer> {
    const places = this.source.tooLargeIn(this.plan)
    const behind = places.get(offset)
    if (behind !== undefined) {
      const rest = await this.askFitting(offset + 1, MAX_LIMIT, scope)
      if (firstOf(rest) === behind) return this.leaveOut(offset, rest)
      places.delete(offset)
    }
    const place = Math.min(...[...places.keys()].filter((at) => at > offset))
    const half = Math.max(1, Math.floor((this.tooLargeUntil - offset) / 2))
    let size = Math.min(limit, place - offset, this.tooLargeUntil > offset ? half : limit)
    if (size < limit) this.refusals += 1
    for (;;) {
      try {
        const answer = await this.ask({ offset, limit: size }, scope)
        if (this.tooLargeUntil > offset + size) places.set(offset + size, undefined)
        return answer
      } catch (error) {
        const most = this.mostRows === 0 ? MAX_REFUSALS_IN_VAIN : MAX_REFUSALS
        if (!isTooLarge(error) || this.plan.isAligned || this.refusals++ > most) throw error
        if (size === 1) break
        this.tooLargeUntil = offset + size
        size = this.mostRows === 0 ? Math.ceil(size / STEP_IN_VAIN) : Math.floor(size / 2)
      }
    }
    this.tooLargeUntil = 0
    for (const [at, row] of places) if (row === undefined) places.delete(at)
    const isLast = offset + 1 === this.lastTotal && !this.isContradicted
    const next = this.mostRows === 0 ? 1 : MAX_LIMIT
    const rest = isLast ? nothingAt(offset + 1) : await this.askFitting(offset + 1, next, scope)
    places.set(offset, firstOf(rest))
    return this.leaveOut(offset, rest)
  }

  private leaveOut(offset: number, rest: Answer): Answer {
    this.refusals += 1
    this.onProblem({ kind: 'row too large', offset })
    return { ...rest, offset, rows: [null, ...rest.rows] }
  }

  /** A list with rows that are too large is not read against its order, but turned here. */
  private async orWhole(window: Promise<Window>, scope: CallContext): Promise<Window> {
    try {
      return await window
    } catch (error) {
      if (!isTooLarge(error) || this.plan.isAligned) throw error
      this.onProblem({ kind: 'answer too large', offset: 0 })
      const rows: (Task | null)[] = []
      for (;;) {
        const { rows: more, endsList, total } = await this.askFitting(rows.length, MAX_LIMIT, scope)
        rows.push(...more)
        if (endsList)
          return {
            first: total - rows.length,
            rows: rows.reverse(),
            atStart: true,
            reachesEnd: true,
            overlap: 0,
          }
        if (rows.length > MAX_TURNED) throw error
      }
    }
  }
}

/** What the answer is in a walk against the upstream's direction. */
function turned({ rows, offset, end, total, endsList }: Answer): Window {
  const atStart = endsList && (rows.length > 0 || offset === 0)
  const overlap = overlapWith(rows.length)
  return { first: total - end, rows: [...rows].reverse(), atStart, reachesEnd: offset === 0, overlap }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof UpstreamFailure && error.isTooLarge
}

function nothingAt(offset: number): Answer {
  return { rows: [], total: offset, offset, end: offset, endsList: true }
}

function firstOf({ rows: [first] }: Answer): bigint | null {
  return first?.number ?? null
}

/** From the answer's last rows on, so that the next one has some of them too. */
function behindOf({ end, rows }: Answer): Stretch {
  return { offset: end - overlapWith(rows.length), limit: MAX_LIMIT }
}

/** Rows that consecutive windows share, so that the second continues the first; fewer than the first has. */
function overlapWith(rows: number): number {
  return Math.min(5, Math.max(0, rows - 1))
}

/** Rows of an upstream list. */
export interface Stretch {
  readonly offset: number
  readonly limit: number
}

/** What a page holds at least of what it is asked for, wherever that begins. */
export const ALIGNED_ROWS = MAX_LIMIT / 2

/** Where Offset must be a multiple of Limit: the page that holds the stretch's first row and goes on furthest from it. */
export function alignedOn({ offset, limit }: Stretch): Stretch {
  if (offset === 0) return { offset, limit }
  return best(pagesWith(offset), (page) => page.offset + page.limit)
}

/** The page that holds the stretch's last row and goes back furthest from it. */
export function alignedBack({ offset, limit }: Stretch): Stretch {
  return best(pagesWith(offset + limit - 1), (page) => -page.offset)
}

function pagesWith(row: number): readonly Stretch[] {
  return Array.from({ length: MAX_LIMIT }, (_, at) => ({ offset: row - (row % (at + 1)), limit: at + 1 }))
}

function best(pages: readonly Stretch[], reach: (page: Stretch) => number): Stretch {
  return pages.reduce((a, b) => (reach(b) > reach(a) ? b : a))
}
