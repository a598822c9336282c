import type { CallScope } from '../scope'
import { identity, type TaskId } from './id'
import { MAX_LIMIT, type TaskSource } from './source'
import type { Task } from './task'

interface Waiting {
  readonly id: TaskId
  readonly scope: CallScope
  readonly resolve: (task: Task | null) => void
  readonly reject: (reason: unknown) => void
}

/** Fewer ids than this are looked up one by one: list pages would cost as much. */
const WORTH_A_PAGE = 3
/** How many of the newest rows are looked through before single look-ups. */
const RECENT_ROWS = 300
const MAX_LOOKUPS = 5
const NEWEST_FIRST = { field: 'STARTED_AT', direction: 'DESC' } as const

/**
 * Finds tasks of one source by id, for everybody in the process: what is asked for at the same moment is asked
 * together, first of the newest list pages, where one call answers a hundred ids, then one by one.
 */
export class Finder {
  private waiting: Waiting[] = []
  private running = false

  constructor(private readonly source: TaskSource) {}

  /** Null where the upstream does not know the task (yet). @throws UpstreamFailure */
  find(id: TaskId, scope: CallScope): Promise<Task | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, scope, resolve, reject })
      if (!this.running) this.schedule()
    })
  }

  private schedule(): void {
    this.running = true
    setImmediate(() => {
      void this.run()
    })
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0)
      await this.answer(batch)
    }
    this.running = false
  }

  private async answer(batch: readonly Waiting[]): Promise<void> {
    const missing = batch.length >= WORTH_A_PAGE ? await this.answerFromPages(batch) : batch
    const queue = [...groupById(missing).values()]
    const worker = async () => {
      for (let same = queue.shift(); same !== undefined; same = queue.shift()) await this.lookUp(same)
    }
    await Promise.all(Array.from({ length: MAX_LOOKUPS }, worker))
  }

  /** Returns those that the newest pages do not hold. A page that fails leaves all that is open to the look-ups. */
  private async answerFromPages(batch: readonly Waiting[]): Promise<readonly Waiting[]> {
    const [plan] = this.source.plan({}, NEWEST_FIRST)
    const [first] = batch
    if (plan === undefined || first === undefined) return batch
    let missing = batch
    for (let offset = 0; offset < RECENT_ROWS && missing.length >= WORTH_A_PAGE; offset += MAX_LIMIT) {
      const page = await this.source.page(plan, offset, MAX_LIMIT, first.scope).catch(() => null)
      if (page === null) return missing
      const found = new Map(page.rows.flatMap((task) => (task === null ? [] : [[identity(task), task]])))
      missing = missing.filter(({ id, resolve }) => {
        const task = found.get(identity(id))
        if (task !== undefined) resolve(task)
        return task === undefined
      })
      if (offset + page.rows.length >= page.total) break
    }
    return missing
  }

  private async lookUp(same: readonly Waiting[]): Promise<void> {
    const [first] = same
    if (first === undefined) return
    try {
      const task = await this.source.find(first.id, first.scope)
      for (const { resolve } of same) resolve(task)
    } catch (error) {
      for (const { reject } of same) reject(error)
    }
  }
}

function groupById(waiting: readonly Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>()
  for (const entry of waiting) {
    const key = identity(entry.id)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return groups
}
