import { matchesNothing, type TaskFilter } from './filter'
import type { ObservedSource } from './health'
import type { TaskOrder } from './order'
import type { SourcePlan } from './source'

/** A source, and the lists that a filter and an order would ask it for; none where nothing of it can match. */
export class PlannedSource {
  readonly lists: readonly SourcePlan[]

  /** @param order its direction is where the walk goes */
  constructor(
    readonly source: ObservedSource,
    private readonly filter: TaskFilter,
    order: TaskOrder,
  ) {
    this.lists = matchesNothing(filter) ? [] : source.plan(filter, order)
  }

  /** The same filter in another order. */
  inOrder(order: TaskOrder): PlannedSource {
    return new PlannedSource(this.source, this.filter, order)
  }
}
