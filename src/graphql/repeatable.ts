/** What is known of the answer to a query by which equal queries of the same caller may be answered too. */
export interface Repeatable {
  /** As its author called the operation. */
  readonly name: string | null
  /** Unix milliseconds until which every list in it is young enough. */
  readonly untilMs: number
  /** The calls to upstreams that the operation plans. */
  readonly cost: number
  /** How many answers of upstreams it was made of. */
  readonly reads: number
  /** The cloud's ids of them. */
  readonly requestIds: readonly string[]
}
