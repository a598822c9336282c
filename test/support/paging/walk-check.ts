import { nameOf, type ModelRow } from './model-row'
import { belongs, inOrder, oracleKey, wholeList, type OracleKey, type OracleQuestion } from './oracle'
import { placeName, type AnsweredPage, type AnsweredTask } from './paging-port'
import { CHEAP_PAGE, isCostly } from './tally'
import { looksThrough, questionOf, type History } from './draw-history'
import type { Past } from './past'

/** A broken promise. */
export interface Problem {
  readonly kind: string
  readonly text: string
}

/** So many rows of a second fit beside the largest page that is to cost one call. */
const FEW_TIES = 3

/** Watches a walk, page by page, and knows what should have come. */
export class WalkCheck {
  readonly problems: Problem[] = []
  readonly question: OracleQuestion
  /** Rows that were there when the walk began and have matched at the same place ever since. */
  private readonly owed = new Set<string>()
  private readonly returned: AnsweredTask[] = []
  private readonly seen = new Set<string>()
  private furthest: OracleKey | null = null
  private readonly lastOf = new Map<string, OracleKey>()
  /** Sources that have failed: their rows may come late. */
  private readonly late = new Set<string>()
  private readonly atStart: readonly string[]
  private readonly isServable: boolean
  /** The most rows that share a second of one list. */
  private readonly ties: number
  private readonly maySkip: boolean
  private readonly isSettled: boolean

  constructor(
    private readonly history: History,
    private readonly past: Past,
  ) {
    const { model } = history
    this.question = questionOf(history)
    this.atStart = wholeList(model.all(), this.question).map(nameOf)
    for (const row of past.view(this.question).sure) if (!this.mayPassForNew(row)) this.owed.add(nameOf(row))
    this.isServable = past.shown().every(({ hasNumber }) => hasNumber)
    this.ties = mostTies(model.all())
    this.maySkip = looksThrough(history)
    this.isSettled = history.motion !== 'within'
  }

  complain(kind: string, text: string): void {
    this.problems.push({ kind, text })
  }

  /** One page, in the order in which it was asked for. */
  see(page: AnsweredPage, size: number, hasCursor: boolean): void {
    const tasks = this.history.backward ? [...page.tasks].reverse() : page.tasks
    const [ahead, behind] = this.history.backward
      ? [page.hasPrevious, page.hasNext]
      : [page.hasNext, page.hasPrevious]
    const before = this.furthest
    if (page.failed.size === 0 && this.late.size === 0) this.checkBehind(behind, before, hasCursor)
    if (tasks.length > size) this.complain('size', `${tasks.length} tasks in a page of ${size}`)
    this.take(tasks)
    for (const source of page.failed) this.late.add(source)
    this.checkAhead(page, ahead)
    this.checkTotal(page)
    const mayBeShort = this.maySkip || page.failed.size > 0
    if (tasks.length < size && ahead && !mayBeShort)
      this.complain('short', `${tasks.length} of ${size} tasks, and more to come`)
    this.checkCalls(page, hasCursor, size)
  }

  /** Sometimes a client goes on from the middle of a page: what it has not read is still to come. */
  cutShort(page: AnsweredPage): string | null {
    const { random, backward, motion } = this.history
    const count = page.tasks.length
    if (motion === 'still' || count < 2 || this.late.size > 0 || random() >= 0.1) return null
    const keep = Math.floor(count / 2)
    const dropped = backward ? page.tasks.slice(0, count - keep) : page.tasks.slice(keep)
    this.forget(dropped)
    return page.cursorAt(backward ? count - keep : keep - 1)
  }

  /** Called when the walk has come to its end. */
  finish(): void {
    for (const name of this.owed)
      if (!this.seen.has(name)) this.complain('loss', `${name} ${this.describe(name)}`)
    if (this.history.motion !== 'still') return
    const names = this.returned.map(nameOf)
    const isSame =
      names.length === this.atStart.length && names.every((name, at) => name === this.atStart[at])
    if (!isSame) this.complain('order', 'a still list did not come as it stands')
  }

  private take(tasks: readonly AnsweredTask[]): void {
    let last: OracleKey | null = null
    for (const task of tasks) {
      const name = nameOf(task)
      if (this.seen.has(name)) this.complain('double', `${name} ${this.describe(name)}`)
      this.seen.add(name)
      this.returned.push(task)
      if (this.isSettled && !this.mayCome(task)) this.complain('foreign', `${name} does not match`)
      const key = oracleKey(task, this.question)
      if (last !== null && inOrder(last, key, this.question) >= 0)
        this.complain('order', `${name} stands wrong within its page`)
      last = key
      this.checkPlace(name, placeName(task), key)
    }
    for (const task of tasks) this.advance(placeName(task), oracleKey(task, this.question))
  }

  /** The row is, or was, in the list as it came. */
  private mayCome(task: AnsweredTask): boolean {
    const isIt = (row: ModelRow) => nameOf(row) === nameOf(task)
    return this.past
      .view(this.question)
      .possible.some((row) => isIt(row) && row.start === task.start && row.end === task.end)
  }

  private checkPlace(name: string, source: string, key: OracleKey): void {
    const own = this.lastOf.get(source)
    if (own !== undefined && inOrder(own, key, this.question) >= 0)
      this.complain('order', `${name} comes after a later one of its source`)
    if (this.late.has(source) || this.furthest === null) return
    if (inOrder(this.furthest, key, this.question) >= 0)
      this.complain('order', `${name} comes after a later one of an earlier page`)
  }

  private advance(source: string, key: OracleKey): void {
    this.lastOf.set(source, key)
    if (this.furthest === null || inOrder(this.furthest, key, this.question) < 0) this.furthest = key
  }

  private forget(tasks: readonly AnsweredTask[]): void {
    for (const task of tasks) this.seen.delete(nameOf(task))
    this.returned.splice(this.returned.length - tasks.length)
    this.furthest = null
    this.lastOf.clear()
    for (const task of this.returned) {
      const key = oracleKey(task, this.question)
      const own = this.lastOf.get(placeName(task))
      if (own === undefined || inOrder(own, key, this.question) < 0) this.lastOf.set(placeName(task), key)
      if (this.furthest === null || inOrder(this.furthest, key, this.question) < 0) this.furthest = key
    }
  }

  private checkBehind(said: boolean, place: OracleKey | null, hasCursor: boolean): void {
    if (!this.isSettled) return
    const isBehind = (row: ModelRow) =>
      place !== null && inOrder(oracleKey(row, this.question), place, this.question) <= 0
    const { possible, sure } = this.past.view(this.question)
    const mayGuess = this.maySkip || (hasCursor && place === null)
    const isTrue = said
      ? mayGuess || (hasCursor && possible.some(isBehind))
      : !hasCursor || !sure.some(isBehind)
    if (!isTrue) this.complain('behind', `said ${said}`)
  }

  private checkAhead(page: AnsweredPage, said: boolean): void {
    if (page.failed.size > 0) {
      if (!said) this.complain('ahead', 'a source is down, and the list is said to end')
      return
    }
    if (!this.isSettled) return
    const { furthest } = this
    const isAhead = (row: ModelRow) =>
      !this.seen.has(nameOf(row)) &&
      (furthest === null || inOrder(oracleKey(row, this.question), furthest, this.question) > 0)
    const { possible, sure } = this.past.view(this.question)
    const isOwed = [...this.owed].some((name) => !this.seen.has(name))
    const isDoubtful = this.maySkip || this.late.size > 0 || this.leavesOutNew()
    const isTrue = said
      ? isDoubtful || possible.some(isAhead)
      : !isOwed && (isDoubtful || !sure.some(isAhead))
    if (!isTrue) this.complain('ahead', `said ${said}`)
  }

  /** What began while an answer may still be from before that can be taken for something that came as not begun. */
  private mayPassForNew({ start }: ModelRow): boolean {
    const { field, direction, startSecond } = this.question
    const mayBeLeftOut = this.history.roughAges && field === 'STARTED_AT' && direction === 'ASC'
    return mayBeLeftOut && start !== null && start > startSecond
  }

  /** Oldest first, what had not begun came first; what begins then may be left out, since it may have come. */
  private leavesOutNew(): boolean {
    const { field, direction } = this.question
    return field === 'STARTED_AT' && direction === 'ASC' && this.returned.some(({ start }) => start === null)
  }

  private checkTotal({ total, failed, sources }: AnsweredPage): void {
    if (!this.isSettled || !this.isServable) return
    const { possible, sure, moved } = this.past.view(this.question)
    const [least, most] = [sure.length, new Set(possible.map(nameOf)).size]
    if (total !== null && (total < least || total > most || failed.size > 0))
      this.complain('total', `said ${total}, is ${least} to ${most}, ${failed.size} of ${sources} down`)
    // Two answers of different ages may have no count in common.
    if (total === null && failed.size === 0 && !this.history.fails && !moved)
      this.complain('total', `said nothing, is ${least}`)
  }

  private checkCalls(page: AnsweredPage, hasCursor: boolean, size: number): void {
    const { motion, option } = this.history
    // By end time the task at the place may be gone that would have told.
    const isTold = this.question.field === 'STARTED_AT' || motion === 'still'
    const flagsAreFree = !this.maySkip && option.toleranceSeconds === 0 && isTold
    if (page.flagCalls > 0 && flagsAreFree)
      this.complain('flag calls', `${page.flagCalls}, cursor: ${hasCursor}`)
    const { field } = this.question
    // Rows come in whole seconds: many of one second take a call of their own, and so does the group of the unfinished.
    const isExempt = isCostly(this.history) || field === 'ENDED_AT' || this.ties > FEW_TIES
    if (motion !== 'still' || isExempt || size > CHEAP_PAGE) return
    for (const [list, calls] of page.calls) {
      const least = !hasCursor && list.startsWith('cdb') && !this.beginsAtCdbsEnd() ? 2 : 1
      if (calls > least) this.complain('calls', `${calls} of ${list}, page of ${size}, cursor: ${hasCursor}`)
    }
  }

  /** CDB lists only newest first, and its upper bound is never sent. */
  private beginsAtCdbsEnd(): boolean {
    const { direction, filter } = this.question
    return direction === 'DESC' && filter.startedAt?.to === undefined
  }

  /** Told of every change of a row. */
  follow(before: ModelRow | null, after: ModelRow | null): void {
    if (before === null) return
    const isSame =
      after !== null &&
      belongs(after, this.question) &&
      inOrder(oracleKey(before, this.question), oracleKey(after, this.question), this.question) === 0
    if (!isSame) this.owed.delete(nameOf(before))
  }

  private describe(name: string): string {
    const row = this.history.model.get(name)
    return row === undefined ? 'gone' : `start ${row.start ?? 'none'} end ${row.end ?? 'none'}`
  }
}

function mostTies(rows: readonly ModelRow[]): number {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const key = `${placeName(row)} ${row.start ?? 'none'}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}
