import { between, pick, type Random } from '../../../src/emulator/world/random'
import { DirectGateway, outage, type Place } from './direct-gateway'
import { questionOf, type History } from './draw-history'
import { moveList } from './move-world'
import { askDirectly, placeName, type AnsweredPage, type AskPage } from './paging-port'
import { wholeList, type OracleQuestion } from './oracle'
import { Past } from './past'
import { WalkCheck, type Problem } from './walk-check'

export interface WalkedPageFacts {
  readonly page: AnsweredPage
  readonly size: number
  readonly number: number
}

export interface WalkedHistory {
  readonly history: History
  readonly problems: readonly Problem[]
  readonly pages: readonly WalkedPageFacts[]
}

const MAX_PAGES = 200
const MOVING_PAGES = 15

/** Walks the list of a history from one end to the other, while it moves, and checks every page. */
export async function walkDirectly(history: History): Promise<WalkedHistory> {
  const { model, clock, option, random, motion, places } = history
  const down = new Map<string, number>()
  const walkSecond = secondOf(history)
  const gateway = new DirectGateway({
    model,
    now: () => clock.nowMs,
    toleranceSeconds: option.toleranceSeconds,
    beforeCall: (call) => {
      const left = down.get(placeName(call))
      if (left !== undefined && left <= 0) throw outage()
      if (left !== undefined) down.set(placeName(call), left - 1)
      if (motion === 'within' && random() < 0.3)
        moveList(random, model, pick(random, places), { nowSecond: secondOf(history), walkSecond })
    },
  })
  return walk(history, askDirectly(gateway), (place, calls) => {
    if (calls === null) down.delete(placeName(place))
    else down.set(placeName(place), calls)
  })
}

/**
 * @param fail makes a source fail after so many calls more; null: no longer
 */
export async function walk(
  history: History,
  ask: AskPage,
  fail: (place: Place, calls: number | null) => void,
): Promise<WalkedHistory> {
  const { random, filter, order, backward, places, model } = history
  const past = new Past(history)
  model.onChange = (before, after) => past.note(before, after)
  const size = drawSize(history, questionOf(history))
  const argumentsOf = (count: number, cursor: string | null) =>
    backward ? { last: count, before: cursor } : { first: count, after: cursor }
  const askAlong = () => ask({ page: argumentsOf(size, null), filter, order }, places)
  if (history.ttlMs > 0) await askBefore(history, askAlong)
  let check = new WalkCheck(history, past)
  model.onChange = (before, after) => {
    past.note(before, after)
    check.follow(before, after)
  }
  let walkSecond = secondOf(history)
  const pages: WalkedPageFacts[] = []
  let cursor: string | null = null
  for (let number = 0; ; number++) {
    const count = random() < 0.5 ? size : between(random, Math.max(1, Math.floor(size / 2)), size)
    if (history.fails) for (const place of places) fail(place, drawFailure(random, number))
    // Until a first page has come the walk has not begun.
    if (cursor === null) {
      check = new WalkCheck(history, past)
      walkSecond = secondOf(history)
    }
    const page = await ask({ page: argumentsOf(count, cursor), filter, order }, places)
    pages.push({ page, size: count, number })
    const isWhole = page.failed.size < page.sources || page.sources === 0
    if (isWhole) check.see(page, count, cursor !== null)
    const next = backward ? page.startCursor : page.endCursor
    const hasMore = !isWhole || (backward ? page.hasPrevious : page.hasNext)
    if (!hasMore) break
    if (number >= MAX_PAGES) check.complain('stuck', `no end after ${number} pages`)
    if (isWhole && next === null) check.complain('cursor', 'there is more, and no cursor')
    if (number >= MAX_PAGES || (isWhole && next === null)) break
    if (isWhole) cursor = check.cutShort(page) ?? next
    // A walk towards the newest comes to no end while more arrives than a page holds.
    if (number >= MOVING_PAGES || cursor === null) continue
    moveAll(history, walkSecond)
    if (history.ttlMs === 0 || random() < 0.7) continue
    await askAlong()
    moveAll(history, walkSecond)
  }
  check.finish()
  return { history, problems: check.problems, pages }
}

/** Somebody else asks the same, so that answers are kept which are older than the walk. */
async function askBefore(history: History, askAlong: () => Promise<unknown>): Promise<void> {
  for (let times = between(history.random, 0, 2); times > 0; times--) {
    await askAlong()
    moveAll(history, secondOf(history))
  }
}

/** Such that most walks take two to eight pages while nothing moves. */
function drawSize({ random, model }: History, question: OracleQuestion): number {
  const count = wholeList(model.all(), question).length
  const fitting = Math.ceil(count / between(random, 2, 8))
  const size = random() < 0.7 ? fitting : pick(random, [1, 5, 20, 95, 96, 100])
  return Math.min(100, Math.max(1, size, Math.ceil(count / 8)))
}

/** A failure that lasts for a page, and comes at once or at a later call. */
function drawFailure(random: Random, page: number): number | null {
  return page < MOVING_PAGES && random() < 0.15 ? pick(random, [0, 0, 1, 2]) : null
}

/** @param walkSecond in which what had not begun may have been seen */
function moveAll(history: History, walkSecond: number): void {
  const { random, motion, places, clock, model, ttlMs } = history
  if (motion === 'still') return
  // What happens in the very millisecond of a question cannot be told to come before or after it.
  clock.nowMs += Math.max(pick(random, [0, 300, 2500]), ttlMs > 0 ? 1 : 0)
  for (const place of places) {
    const changes = motion === 'two' ? 2 : between(random, 0, 11)
    for (let index = 0; index < changes; index++)
      moveList(random, model, place, { nowSecond: secondOf(history), walkSecond })
  }
}

function secondOf({ clock }: History): number {
  return Math.floor(clock.nowMs / 1000)
}
