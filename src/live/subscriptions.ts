import type { LiveObserver, SubscriptionKind } from './tools'

interface Abandonable {
  abandon(): void
}

/** The subscriptions that are open. */
export class Subscriptions {
  private readonly open = { watch: new Set<Abandonable>(), activity: new Set<Abandonable>() }

  constructor(private readonly observe: LiveObserver) {}

  add(kind: SubscriptionKind, stream: Abandonable): void {
    this.open[kind].add(stream)
    this.observe.subscriptions(kind, this.open[kind].size)
  }

  remove(kind: SubscriptionKind, stream: Abandonable): void {
    this.open[kind].delete(stream)
    this.observe.subscriptions(kind, this.open[kind].size)
  }

  abandonAll(): void {
    for (const streams of Object.values(this.open)) for (const stream of [...streams]) stream.abandon()
  }
}
