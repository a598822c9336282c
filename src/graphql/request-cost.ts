import { createMeter } from '../call-context'

/** A subscription that lasts asks without end; its report names the first of its calls. */
const MAX_REQUEST_IDS = 20

/** What one request has cost the upstreams. The costs of all its calls are added up here and nowhere else. */
export class RequestCost {
  readonly meter = createMeter()
  readonly freshness = { oldestMs: Infinity }
  /** Upstream responses that the request used, cached and shared ones included. */
  readonly reads = { count: 0 }
  /** The cloud's ids of these responses. */
  readonly requestIds = new Set<string>()

  /** Adds what a part of the request has cost, as one event of a subscription is. */
  add({ meter, requestIds }: RequestCost): void {
    this.meter.calls += meter.calls
    this.meter.cacheHits += meter.cacheHits
    this.meter.shared += meter.shared
    this.meter.queuedMs += meter.queuedMs
    for (const id of requestIds) if (this.requestIds.size < MAX_REQUEST_IDS) this.requestIds.add(id)
  }
}
