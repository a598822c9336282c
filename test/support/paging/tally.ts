import type { TaskOrderField } from '../../../src/tasks/order'
import { looksThrough, type History, type Motion } from './draw-history'
import type { AnsweredPage } from './paging-port'
import type { WalkedHistory } from './walk-history'

/** How many calls lists cost, page by page. */
interface Calls {
  pages: number
  calls: number
  most: number
}

interface OptionFigures {
  histories: number
  pages: number
  readonly broken: Map<string, number>
}

/** Pages that take at most so many rows cost one call of a list, while nothing moves. */
export const CHEAP_PAGE = 95

/** Adds histories up to the figures of the promise. */
export class Tally {
  private readonly options = new Map<string, OptionFigures>()
  private readonly calls = new Map<string, Calls>()

  add({ history, problems, pages }: WalkedHistory): void {
    const { name } = history.option
    const figures = this.options.get(name) ?? { histories: 0, pages: 0, broken: new Map<string, number>() }
    this.options.set(name, figures)
    figures.histories += 1
    figures.pages += pages.length
    for (const { kind } of problems) figures.broken.set(kind, (figures.broken.get(kind) ?? 0) + 1)
    if (isCostly(history)) return
    for (const { page, size } of pages)
      if (size <= CHEAP_PAGE) this.count(history.motion, history.order.field, page)
  }

  /** Calls for each page and list, on average; 0 where none was counted. */
  callsPerPage(motion: Motion, field: TaskOrderField): number {
    const { calls, pages } = this.calls.get(`${motion}, ${field}`) ?? { calls: 0, pages: 1 }
    return calls / pages
  }

  mostCalls(motion: Motion, field: TaskOrderField): number {
    return this.calls.get(`${motion}, ${field}`)?.most ?? 0
  }

  lines(): readonly string[] {
    const options = [...this.options].map(([name, { histories, pages, broken }]) => {
      const found = [...broken].map(([kind, count]) => `${count} ${kind}`).join(', ')
      return `${name}: ${histories} histories, ${pages} pages; broken promises: ${found || 'none'}`
    })
    const counted = [...this.calls].filter(([, { pages }]) => pages > 0)
    const calls = counted.map(
      ([kind, { pages, calls, most }]) =>
        `calls for each page and list (${kind}): ${(calls / pages).toFixed(3)}, at most ${most}; ${pages} counted`,
    )
    return [...options, ...calls]
  }

  private count(motion: Motion, field: TaskOrderField, { calls }: AnsweredPage): void {
    const key = `${motion}, ${field}`
    const sum = this.calls.get(key) ?? { pages: 0, calls: 0, most: 0 }
    this.calls.set(key, sum)
    for (const [list, count] of calls) {
      if (isSortedHere(list, field)) continue
      sum.pages += 1
      sum.calls += count
      sum.most = Math.max(sum.most, count)
    }
  }
}

/** What the promise of few calls leaves out: rows that are looked through, and lists for each of several instances. */
export function isCostly(history: History): boolean {
  const { option, filter } = history
  return looksThrough(history) || option.toleranceSeconds > 0 || (filter.instanceIds?.length ?? 0) > 1
}

/** CDB has no order by end time. */
function isSortedHere(list: string, field: TaskOrderField): boolean {
  return field === 'ENDED_AT' && list.startsWith('cdb')
}
