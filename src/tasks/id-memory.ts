import { identity } from './id'
import type { Task, TaskHint } from './task'

/** Stores the first hint of each task for all replicas. Never rejects. */
export interface SharedHints {
  /** The hint stored for each task: the first one, or else the one given now. Null if there is none. */
  claim(
    entries: readonly { readonly task: string; readonly hint: string | null }[],
  ): Promise<readonly (string | null)[]>
}

interface KnownHints {
  /** Of the id under which the task was served first. */
  readonly first: TaskHint | null
  /** As the upstream shows it now. */
  readonly latest: TaskHint | null
}

/** A bounded store of hints, by identity. */
export interface HintStore {
  get(task: string): KnownHints | undefined
  set(task: string, hints: KnownHints): unknown
}

type Rows = readonly (Task | null)[]

/** The ids under which tasks were first served. What finds a task may become known, or be corrected, later. */
export class IdMemory {
  /** @param shared null where there are no other replicas */
  constructor(
    private readonly known: HintStore,
    private readonly shared: SharedHints | null,
  ) {}

  /** The rows under their first ids. */
  recall(rows: Rows): Rows | Promise<Rows> {
    const { known, shared } = this
    if (shared === null) return this.withFirst(rows)
    const fresh = rows
      .filter((task) => task !== null)
      .filter((task) => known.get(identity(task)) === undefined)
    if (fresh.length === 0) return this.withFirst(rows)
    const entries = fresh.map((task) => ({
      task: identity(task),
      hint: mayChange(task) ? JSON.stringify(task.hint) : null,
    }))
    return shared.claim(entries).then((hints) => {
      for (const [at, { hint: latest }] of fresh.entries()) {
        const first = parseHint(hints[at])
        const task = entries[at]?.task
        if (first !== undefined && task !== undefined) known.set(task, { first, latest })
      }
      return this.withFirst(rows)
    })
  }

  /** What finds the task now, where that is known. */
  latest(task: string): TaskHint | null {
    return this.known.get(task)?.latest ?? null
  }

  private withFirst(rows: Rows): Rows {
    return rows.map((task) => {
      if (task === null) return null
      const key = identity(task)
      const { first = task.hint, latest = null } = this.known.get(key) ?? {}
      if (latest === null || !areEqual(latest, task.hint)) this.known.set(key, { first, latest: task.hint })
      return withHint(task, first)
    })
  }
}

/** The same task under the id that has this hint. */
export function withHint(task: Task, hint: TaskHint | null): Task {
  return areEqual(task.hint, hint) ? task : { ...task, hint }
}

/** A submission's id is what finds a task best; once it is known the id stays. */
function mayChange({ submissionId }: Task): boolean {
  return submissionId === null
}

function areEqual(one: TaskHint | null, other: TaskHint | null): boolean {
  if (one === null || other === null) return one === other
  return one.length === other.length && one.every((field, at) => field === other[at])
}

/** Undefined where the text is none. */
function parseHint(text: string | null | undefined): TaskHint | null | undefined {
  if (text === null || text === undefined) return undefined
  try {
    const hint: unknown = JSON.parse(text)
    return hint === null || Array.isArray(hint) ? hint : undefined
  } catch {
    return undefined
  }
}
