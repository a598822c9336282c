/** So many workers that each ask again once they are answered. */
export interface ClosedLoad {
  readonly kind: 'closed'
  readonly url: string
  readonly workers: number
  readonly durationMs: number
}

/** So many requests a second, however long the answers take. */
export interface OpenLoad {
  readonly kind: 'open'
  readonly url: string
  readonly perSecond: number
  readonly durationMs: number
  /** More than these are never open at once; what is due beyond them is not sent. */
  readonly maxOpen: number
}

export type Load = ClosedLoad | OpenLoad

export interface Figures {
  readonly sent: number
  readonly notSent: number
  /** Whole pages, and those of them that came within the time of the load. */
  readonly good: number
  readonly goodInTime: number
  readonly goodMs: Percentiles
  /** `503` with `OVERLOADED`. */
  readonly refused: number
  readonly refusedMs: Percentiles
  /** How often what else came. */
  readonly others: Readonly<Record<string, number>>
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
}
