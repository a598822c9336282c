import type { History } from './draw-history'
import { nameOf, type ModelRow } from './model-row'
import { belongs, inOrder, oracleKey, type OracleQuestion } from './oracle'

/** What answers of any age that is still served may show of a list. */
export interface View {
  /** Every row that belongs into the list now or did then, once for each way in which it did. */
  readonly possible: readonly ModelRow[]
  /** Those that have stood at one place of it all the time. */
  readonly sure: readonly ModelRow[]
  /** Whether anything has happened since the oldest of these answers. */
  readonly moved: boolean
}

/** Remembers how rows were for as long as an answer may be served. */
export class Past {
  private former: { readonly row: ModelRow; readonly untilMs: number }[] = []
  private readonly arrivedMs = new Map<string, number>()
  private lastChangeMs = -Infinity
  private known: { readonly view: View; readonly question: OracleQuestion; readonly atMs: number } | null =
    null

  constructor(private readonly history: Pick<History, 'model' | 'clock' | 'ttlMs'>) {}

  note(before: ModelRow | null, after: ModelRow | null): void {
    const { nowMs } = this.history.clock
    this.known = null
    this.lastChangeMs = nowMs
    if (before !== null) this.former.push({ row: before, untilMs: nowMs })
    else if (after !== null) this.arrivedMs.set(nameOf(after), nowMs)
  }

  /** Every row as it is, and as it was. */
  shown(): readonly ModelRow[] {
    this.former = this.former.filter(({ untilMs }) => untilMs > this.oldestMs)
    return [...this.history.model.all(), ...this.former.map(({ row }) => row)]
  }

  view(question: OracleQuestion): View {
    const { nowMs } = this.history.clock
    if (this.known?.atMs !== nowMs || this.known.question !== question)
      this.known = { view: this.look(question), question, atMs: nowMs }
    return this.known.view
  }

  private look(question: OracleQuestion): View {
    const shown = this.shown()
    const possible = shown.filter((row) => belongs(row, question))
    const moved = this.lastChangeMs > this.oldestMs
    return { possible, sure: moved ? this.sureOf(shown, question) : possible, moved }
  }

  private sureOf(shown: readonly ModelRow[], question: OracleQuestion): readonly ModelRow[] {
    const { model } = this.history
    const unsure = new Set<string>()
    for (const row of shown) {
      const name = nameOf(row)
      const now = model.get(name)
      const stays = now !== undefined && belongs(row, question) && belongs(now, question)
      if (!stays || inOrder(oracleKey(row, question), oracleKey(now, question), question) !== 0)
        unsure.add(name)
      else if ((this.arrivedMs.get(name) ?? -Infinity) > this.oldestMs) unsure.add(name)
    }
    return model.all().filter((row) => !unsure.has(nameOf(row)))
  }

  /** No answer was asked for at or before it; without a cache none is older than now. */
  private get oldestMs(): number {
    const { clock, ttlMs } = this.history
    return ttlMs === 0 ? Infinity : clock.nowMs - ttlMs
  }
}
