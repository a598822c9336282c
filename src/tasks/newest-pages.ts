import type { CallContext } from '../call-context'
import type { ObservedSource, SourceReads } from './observed-source'
import { NEWEST_FIRST } from './order'
import { MAX_LIMIT, type SourcePage, type SourcePlan } from './source'
import type { Task } from './task'

const NEWEST = 3
/** The newest pages, and the last one. */
export const MOST_PAGES = NEWEST + 1

/** Reads the newest pages of a list, then the last one, which holds tasks that have not begun. */
export class NewestPages {
  private readonly plan: SourcePlan | undefined
  private read = 0
  private total = Infinity

  constructor(
    source: ObservedSource,
    private readonly reads: SourceReads,
    private readonly scope: CallContext,
  ) {
    this.plan = source.upstream.plan({}, NEWEST_FIRST)[0]
  }

  /** True where no page is left. */
  get isRead(): boolean {
    return this.plan === undefined || this.read >= MOST_PAGES || this.read * MAX_LIMIT >= this.total
  }

  /** @throws UpstreamFailure */
  async next(): Promise<SourcePage> {
    if (this.plan === undefined) throw new Error('the source has no list')
    const newest = this.read * MAX_LIMIT
    const offset = this.read < NEWEST ? newest : Math.max(newest, this.total - MAX_LIMIT)
    const page = await this.reads.page(this.plan, offset, MAX_LIMIT, this.scope)
    this.read += 1
    this.total = page.total
    return page
  }

  /** The task of that number, if one of the pages has it. @throws UpstreamFailure */
  async find(number: bigint): Promise<Task | null> {
    let task: Task | null | undefined = null
    while (!task && !this.isRead) task = (await this.next()).rows.find((row) => row?.number === number)
    return task ?? null
  }
}
