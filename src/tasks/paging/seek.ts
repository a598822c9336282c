import { UpstreamFailure } from '../../failure'
import type { CallContext } from '../../call-context'
import { NOT_YET, type OrderDirection } from '../order'
import { MAX_LIMIT } from '../source'
import type { CallBudget, ListHint } from './stream'
import type { Window, WindowReader } from './window'

/** Where a walk stands in a list, as far as it is known. */
export interface Question {
  /** A row that stands before it proves the place; null where the walk begins. */
  readonly second: number | null
  readonly hint: ListHint | null
  readonly wanted: number
  readonly direction: OrderDirection
}

/**
 * What an answer says about the place: it shows what comes next (`proved`), it ends before the place (`early`: proved,
 * but far), or it shows nothing for certain.
 */
export type Judge = (window: Window) => 'early' | 'proved' | 'unproved'

/** Rows asked for before the place where there is room, so that rows which left the list do not cost a call. */
const SLACK = 25
/** Rows of the page's last second, and the one that shows that it is whole. */
const WHOLE_SECOND = 8
/** Rows before a counted place: one proves it, and one may go before the answer comes. */
const PROOF_ROWS = 2
/** Of a search: enough for a place among 180,000 rows. */
const MAX_PROBES = 12
const STRIDE_GROWTH = 4
/** Windows between two answers, up to which the stretch is halved although the list's end is not known. */
const FAR = 16
/** Its hint, a count and two windows; the first window may need the total before. */
const COUNTED_CALLS = 5

/** The most calls that finding one place can need. */
export function mostSeekCalls(canCount: boolean): number {
  return canCount ? COUNTED_CALLS : 1 + MAX_PROBES
}

interface Asked {
  readonly window: Window
  readonly verdict: ReturnType<Judge>
}

/**
 * Finds a window that proves the place. The hint is tried first; where it fails the upstream counts the rows before
 * the place, and that index is proved too. Where it cannot count, the place is searched for.
 * @throws UpstreamFailure where the list moves faster than it can be asked
 */
export async function seek(
  question: Question,
  reader: WindowReader,
  budget: CallBudget,
  scope: CallContext,
  judge: Judge,
): Promise<Window> {
  const { second, wanted, direction } = question
  if (second !== null && (second !== NOT_YET || direction === 'DESC'))
    return seekPlace(second, question, reader, budget, scope, judge)
  // The list's beginning needs no proof but its index, which a list read against its order learns from its total.
  const room = Math.min(WHOLE_SECOND, Math.max(1, MAX_LIMIT - wanted))
  const ask = asking(reader, budget, scope, judge)
  const begin = () => ask(-room, true)
  return search(await begin(), reader, ask, begin)
}

async function seekPlace(
  second: number,
  { hint, wanted }: Question,
  reader: WindowReader,
  budget: CallBudget,
  scope: CallContext,
  judge: Judge,
): Promise<Window> {
  const slack = Math.min(SLACK, Math.max(0, MAX_LIMIT - wanted - WHOLE_SECOND))
  const ask = asking(reader, budget, scope, judge)
  const hinted = hint && (await ask(hint.offset - slack))
  if (hinted !== null && (hinted.verdict === 'proved' || isNearBehind(hinted, reader))) return hinted.window
  if (reader.canCount && !reader.isContradicted) {
    budget.left -= 1
    const index = await reader.countBefore(second, scope)
    const rooms = index === null ? [] : [Math.max(slack, PROOF_ROWS), MAX_LIMIT / 2 + slack]
    for (const room of rooms) {
      const { window, verdict } = await ask((index ?? 0) - room)
      if (verdict !== 'unproved') return window
    }
  }
  return search(hinted, reader, ask)
}

/** Where answers are short the place may be near behind one that ends before it. */
function isNearBehind({ window, verdict }: Asked, reader: WindowReader): boolean {
  return verdict === 'early' && reader.isNarrow && window.rows.length > 0
}

type Ask = (start: number, isStart?: boolean) => Promise<Asked>

function asking(reader: WindowReader, budget: CallBudget, scope: CallContext, judge: Judge): Ask {
  return async (start, isStart = false) => {
    budget.left -= 1
    const window = await (isStart ? reader.readStart(-start, scope) : reader.read(start, scope))
    return { window, verdict: judge(window) }
  }
}

/**
 * Strides from what the hint showed, further each time, until the place lies between two answers, and then halves what
 * is between them. Without a hint it may lie anywhere.
 */
async function search(
  hinted: Asked | null,
  reader: WindowReader,
  ask: Ask,
  begin?: () => Promise<Asked>,
): Promise<Window> {
  let low: number | null = null
  let high: number | null = null
  let asked = hinted ?? (await ask(0))
  for (let probes = 1, stride = reader.width; asked.verdict !== 'proved'; probes++) {
    if (probes === MAX_PROBES) throw movesTooFast()
    const { window, verdict } = asked
    if (isNearBehind(asked, reader)) return window
    if (verdict === 'early') low = window.first + window.rows.length - 1
    else high = window.first
    // The list has moved meanwhile: what an earlier answer showed on the other side does not hold any more.
    if (low !== null && high !== null && high <= low)
      [low, high] = verdict === 'early' ? [low, null] : [null, high]
    const { least, width } = reader
    if (least === -Infinity) {
      // The count is wrong: the list's end is sought from the rows that were seen.
      high ??= reader.seenIndex
      if (probes === 1) stride = width - Math.min(WHOLE_SECOND, width - 1)
      const isNear = low !== null && high - low <= FAR * width
      if (low === null && probes === 1 && begin !== undefined) asked = await begin()
      else asked = await ask(isNear ? Math.floor(((low ?? 0) + high - width) / 2) : high - stride)
      if (probes > 1) stride *= STRIDE_GROWTH
      continue
    }
    const last = Math.max(low ?? 0, (reader.total ?? 0) - width)
    const end = high ?? (hinted === null ? reader.total : null)
    if (low === null) asked = await ask(Math.max(-WHOLE_SECOND, (end ?? 0) - stride))
    else if (end === null) asked = await ask(Math.min(low + stride - width, last))
    else asked = await ask(Math.max(0, Math.floor((low + end - width) / 2)))
    stride *= STRIDE_GROWTH
  }
  return asked.window
}

function movesTooFast(): UpstreamFailure {
  return new UpstreamFailure('UPSTREAM_INVALID_RESPONSE', 'the list moved faster than it could be asked', {
    retryable: true,
  })
}
