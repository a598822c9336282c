/** What an answer has cost the upstreams. Comes back with the answer, or with the failure. */
export interface CallCost {
  /** Upstream calls that were sent, every attempt counted. */
  readonly calls: number
  /** Answers taken from a cache. */
  readonly cacheHits: number
  /** Answers shared with a call that another request had in flight. */
  readonly shared: number
  /** Time spent in the queue of the rate limiter, in milliseconds, all calls added up. */
  readonly queuedMs: number
  /** Answers received, whether sent for, cached or shared. */
  readonly answers: number
  /** Unix milliseconds at which the oldest answer was asked for: Infinity without one, -Infinity where that is not known. */
  readonly oldestMs: number
  /** The cloud's ids of the answers. */
  readonly requestIds: readonly string[]
}

/** The part of a cost that every response tells, as `extensions.upstream`. */
export type UpstreamCost = Pick<CallCost, 'calls' | 'cacheHits' | 'shared' | 'queuedMs'>

export const NO_COST: CallCost = {
  calls: 0,
  cacheHits: 0,
  shared: 0,
  queuedMs: 0,
  answers: 0,
  oldestMs: Infinity,
  requestIds: [],
}

/** Added to a cost, it keeps the response out of every cache: something is missing, or its age is not known. */
export const UNCACHEABLE: CallCost = { ...NO_COST, oldestMs: -Infinity }

/** Only the first ids are kept: they go to the log. */
const MAX_REQUEST_IDS = 20

/** A running total of costs. */
export class CostTally implements CallCost {
  calls = 0
  cacheHits = 0
  shared = 0
  queuedMs = 0
  answers = 0
  oldestMs = Infinity
  readonly requestIds: string[] = []

  add(cost: CallCost): void {
    this.calls += cost.calls
    this.cacheHits += cost.cacheHits
    this.shared += cost.shared
    this.queuedMs += cost.queuedMs
    this.answers += cost.answers
    this.oldestMs = Math.min(this.oldestMs, cost.oldestMs)
    for (const id of cost.requestIds)
      if (this.requestIds.length < MAX_REQUEST_IDS && !this.requestIds.includes(id)) this.requestIds.push(id)
  }
}

/** The four figures that a response tells. */
export function upstreamCost({ calls, cacheHits, shared, queuedMs }: CallCost): UpstreamCost {
  return { calls, cacheHits, shared, queuedMs }
}
