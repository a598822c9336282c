import type { Oddity } from '../../../src/emulator/server/oddities'
import { between, createRandom, hashText, pick, type Random } from '../../../src/emulator/world/random'
import type { TaskPage } from '../../../src/tasks/list-tasks'
import { DirectGateway, type Place } from './direct-gateway'
import { describeHistory, drawHistory, questionOf, type History } from './draw-history'
import { PROVIDER_OF, nameOf, type ModelRow } from './model-row'
import { moveList } from './move-world'
import { OPTIONS } from './options'
import { belongs, inOrder, oracleKey, wholeList } from './oracle'
import { placeName } from './paging-port'
import { CHEAP_PAGE, isCostly } from './tally'

/** What a walk through lists that lie has shown. */
export interface OddWalk {
  /** Broken promises: `kind: text`. */
  readonly problems: readonly string[]
  readonly pages: number
  /** Tasks that did not come, as an error said. */
  readonly told: number
  /** By what is odd about the list: the calls of each page that the promise bounds. */
  readonly calls: ReadonlyMap<OddKind, readonly number[]>
  readonly text: string
}

type OddKind = Oddity['kind'] | 'none'

/** Calls beyond the promise: for a lie, and for a row that has to be found. */
const MORE: Readonly<Record<OddKind, number>> = { none: 0, count: 2, cap: 2, row: 2, hugeRow: 10 }
const MOST_WHILE_MOVING = 4
const FEW_TIES = 3
const MAX_PAGES = 200
const MOVING_PAGES = 15

/** Walks the history of a seed while the lists' counts lie, answers are capped, and rows are too large. */
export async function walkOdd(seed: number): Promise<OddWalk> {
  const option = OPTIONS[seed % OPTIONS.length] ?? pick(createRandom(seed), OPTIONS)
  const history = drawHistory(seed, option)
  const { model, clock, random, motion, places, backward, filter, order } = history
  const odd = new Map(places.map((place) => [placeName(place), drawOddity(seed, place, history)]))
  const secondNow = () => Math.floor(clock.nowMs / 1000)
  const walkSecond = secondNow()
  const move = (place: Place) => moveList(random, model, place, { nowSecond: secondNow(), walkSecond })
  const gateway = new DirectGateway({
    model,
    now: () => clock.nowMs,
    toleranceSeconds: option.toleranceSeconds,
    odditiesOf: (call) => odd.get(placeName(call)) ?? [],
    beforeCall: () => {
      if (motion === 'within' && random() < 0.3) move(pick(random, places))
    },
  })
  const check = new OddCheck(history, odd)
  model.onChange = (before, after) => check.follow(before, after)
  const size = Math.min(100, Math.max(check.least, between(random, 1, pick(random, [5, 30, 100]))))
  let cursor: string | null = null
  let pages = 0
  for (; ; pages++) {
    if (pages === MAX_PAGES) check.complain('stuck', `no end after ${pages} pages`)
    if (pages === MAX_PAGES) break
    gateway.calls.length = 0
    const page: TaskPage | null = await gateway
      .list(
        { page: backward ? { last: size, before: cursor } : { first: size, after: cursor }, filter, order },
        places,
      )
      .catch((error: unknown) => {
        check.complain('own fault', String(error))
        return null
      })
    if (page === null) break
    check.see(page, size, cursor === null, gateway.calls)
    const hasMore = await (backward ? page.hasPreviousPage() : page.hasNextPage())
    await page.totalCount()
    const next: string | null = backward ? page.startCursor() : page.endCursor()
    if (hasMore && next === null && !page.hasFailed) check.complain('cursor', 'there is more, and no cursor')
    if (!hasMore) break
    cursor = next ?? cursor
    if (motion === 'still' || pages > MOVING_PAGES) continue
    clock.nowMs += pick(random, [0, 300, 2500])
    for (const place of places)
      for (let changes = motion === 'two' ? 2 : between(random, 0, 11); changes > 0; changes--) move(place)
  }
  const told = check.finish()
  const oddText = [...odd].map(([name, oddities]) => `${name} ${JSON.stringify(oddities)}`).join('; ')
  return {
    problems: check.problems,
    pages: pages + 1,
    told,
    calls: check.calls,
    text: `${describeHistory(history)}; ${oddText}`,
  }
}

function drawOddity(seed: number, place: Place, { model }: History): readonly Oddity[] {
  const random = createRandom(hashText(`odd ${placeName(place)}`, seed))
  const row = anyRow(random, model.rowsOf(place.service, place.region))
  const choices: readonly (readonly Oddity[])[] = [
    [],
    [{ kind: 'count', add: 1 }],
    [{ kind: 'count', add: -1 }],
    [{ kind: 'count', factor: 1.5 }],
    [{ kind: 'count', factor: 0.5 }],
    [{ kind: 'cap', rows: 50 }],
    row === null ? [] : [{ kind: 'hugeRow', id: row, bytes: 9_000_000 }],
  ]
  return pick(random, choices)
}

function anyRow(random: Random, rows: readonly ModelRow[]): number | null {
  const id = rows.length === 0 ? null : pick(random, rows).id
  return typeof id === 'number' ? id : null
}

/** Watches a walk through lists that lie, and knows what should have come. */
class OddCheck {
  readonly problems: string[] = []
  readonly calls = new Map<OddKind, number[]>()
  private readonly question
  private readonly owed: Set<string>
  private readonly seen = new Set<string>()
  private readonly told = new Set<string>()
  private readonly ties: number

  constructor(
    private readonly history: History,
    private readonly odd: ReadonlyMap<string, readonly Oddity[]>,
  ) {
    this.question = questionOf(history)
    const rows = history.model.all()
    this.owed = new Set(wholeList(rows, this.question).map(nameOf))
    const counts = new Map<string, number>()
    for (const row of rows) {
      const key = `${placeName(row)} ${row.start ?? 'none'}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    this.ties = Math.max(0, ...counts.values())
  }

  /** Such that the walk takes few pages. */
  get least(): number {
    return Math.ceil(this.owed.size / 12)
  }

  complain(kind: string, text: string): void {
    this.problems.push(`${kind}: ${text}`)
  }

  see(page: TaskPage, size: number, isFirst: boolean, calls: readonly SentPlace[]): void {
    for (const { task } of page.edges) {
      const service = task.provider === 'CDB' ? 'cdb' : 'postgres'
      const name = `${service} ${task.source.region ?? ''} ${task.number}`
      if (this.seen.has(name)) this.complain('double', name)
      this.seen.add(name)
    }
    for (const { source, failure } of page.sources) {
      if (failure === null) continue
      const { provider, region } = source.key
      const name = `${provider === 'CDB' ? 'cdb' : 'postgres'} ${region ?? ''}`
      this.told.add(name)
      if (this.kindOf(name) === 'none') this.complain('slander', `${name}: ${failure.message}`)
    }
    this.checkCalls(calls, size, isFirst)
  }

  /** How many tasks did not come, as an error said. */
  finish(): number {
    const lost = [...this.owed].filter((name) => !this.seen.has(name))
    const placeOf = (name: string) => name.split(' ').slice(0, 2).join(' ')
    for (const name of lost) if (!this.told.has(placeOf(name))) this.complain('loss', name)
    return lost.filter((name) => this.told.has(placeOf(name)) && !this.isHuge(name)).length
  }

  /** Told of every change of a row. */
  follow(before: ModelRow | null, after: ModelRow | null): void {
    if (before === null) return
    const stays =
      after !== null &&
      belongs(after, this.question) &&
      inOrder(oracleKey(before, this.question), oracleKey(after, this.question), this.question) === 0
    if (!stays) this.owed.delete(nameOf(before))
  }

  private checkCalls(calls: readonly SentPlace[], size: number, isFirst: boolean): void {
    const { field, direction, filter } = this.question
    // What the promise of few calls leaves out.
    if (isCostly(this.history) || field === 'ENDED_AT' || this.ties > FEW_TIES) return
    for (const place of this.history.places) {
      const name = placeName(place)
      const count = calls.filter((call) => placeName(call) === name).length
      if (count === 0 || !(filter.providers?.includes(PROVIDER_OF[place.service]) ?? true)) continue
      const isFarEnd =
        isFirst && place.service === 'cdb' && (direction === 'ASC' || filter.startedAt?.to !== undefined)
      const still = (isFarEnd ? 2 : 1) + (size > CHEAP_PAGE ? 1 : 0)
      const promised = this.history.motion === 'still' ? still : MOST_WHILE_MOVING
      const kind = this.kindOf(name)
      this.calls.set(kind, [...(this.calls.get(kind) ?? []), count])
      // A row that is too large and moves while it is sought is sought anew.
      if (kind === 'hugeRow' && this.history.motion !== 'still') continue
      if (count > promised + MORE[kind])
        this.complain('calls', `${count} of ${name} (${kind}), page of ${size}, promised ${promised}`)
    }
  }

  private kindOf(place: string): OddKind {
    return this.odd.get(place)?.[0]?.kind ?? 'none'
  }

  private isHuge(name: string): boolean {
    return [...this.odd].some(
      ([place, [oddity]]) => oddity?.kind === 'hugeRow' && name === `${place} ${oddity.id}`,
    )
  }
}

type SentPlace = Place

/** Adds walks up. */
export class OddTally {
  private walks = 0
  private pages = 0
  private told = 0
  private readonly broken = new Map<string, number>()
  private readonly calls = new Map<OddKind, { pages: number; calls: number; most: number }>()

  add({ problems, pages, told, calls }: OddWalk): void {
    this.walks += 1
    this.pages += pages
    this.told += told
    for (const problem of problems) {
      const kind = problem.slice(0, problem.indexOf(':'))
      this.broken.set(kind, (this.broken.get(kind) ?? 0) + 1)
    }
    for (const [kind, counts] of calls) {
      const sum = this.calls.get(kind) ?? { pages: 0, calls: 0, most: 0 }
      this.calls.set(kind, sum)
      sum.pages += counts.length
      for (const count of counts) sum.calls += count
      sum.most = Math.max(sum.most, ...counts)
    }
  }

  lines(): readonly string[] {
    const found = [...this.broken].map(([kind, count]) => `${count} ${kind}`).join(', ')
    return [
      `${this.walks} odd histories, ${this.pages} pages; broken promises: ${found || 'none'}; tasks that an error said are missing: ${this.told}`,
      ...[...this.calls].map(
        ([kind, { pages, calls, most }]) =>
          `calls for each page and list (${kind}): ${(calls / pages).toFixed(3)}, at most ${most}; ${pages} counted`,
      ),
    ]
  }
}
