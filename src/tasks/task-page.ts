import type { UpstreamFailure } from '../failure'
import type { ObservedSource } from './observed-source'
import type { Task } from './task'

/** A task in a page, and the cursor behind it. */
export interface TaskEdge {
  readonly task: Task
  /** Made only when asked for. */
  cursor(): string
}

/** What one source contributed to a page. */
export interface SourceResult {
  readonly source: ObservedSource
  /** Why the source is missing from the page, or why its order cannot be trusted. */
  readonly failure: UpstreamFailure | null
  /** True where its tasks are missing. */
  readonly isMissing: boolean
  /** Exact, or null; counted at the first call. */
  totalCount(): Promise<number | null>
}

/** A page in the order asked for. What costs work or calls is a function, called only when selected. */
export interface TaskPage {
  readonly edges: readonly TaskEdge[]
  startCursor(): string | null
  endCursor(): string | null
  hasNextPage(): Promise<boolean>
  hasPreviousPage(): Promise<boolean>
  totalCount(): Promise<number | null>
  readonly sources: readonly SourceResult[]
  /** True where every source that was asked has failed: there is no page then. */
  readonly hasFailed: boolean
}
