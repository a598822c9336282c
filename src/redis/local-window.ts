/** A call of this replica. */
export interface OwnSend {
  readonly call: string
  /** By this process's clock, when the cloud counts it at the latest; Infinity while it waits for a connection. */
  countedMs: number
}

/** How many calls may go in which time. */
export interface Pace {
  readonly calls: number
  readonly windowMs: number
}

/** What this replica alone has sent against one quota, kept under Redis and without it. */
export interface LocalWindow {
  add(call: string): OwnSend
  /** How many of the window's calls are this replica's. */
  count(windowMs: number, nowMs: number): number
  /** How long the call has to wait that has `ahead` before it, were this all that is sent. */
  waitMs(ahead: number, pace: Pace, nowMs: number): number
  /** What the window still counts, with the time since; what is to be counted later has a negative one. */
  recent(windowMs: number, leaseMs: number, nowMs: number): readonly (readonly [string, number])[]
  /** Forgets what has left the window. */
  prune(windowMs: number, nowMs: number): void
}

/** @param underWayMs how long a call may be on its way to the cloud's counter */
export function createLocalWindow(underWayMs: number): LocalWindow {
  let sends: OwnSend[] = []
  const within = (windowMs: number, nowMs: number): OwnSend[] =>
    sends.filter(({ countedMs }) => countedMs > nowMs - windowMs)
  return {
    add(call) {
      const send = { call, countedMs: Infinity }
      sends.push(send)
      return send
    },
    count: (windowMs, nowMs) => within(windowMs, nowMs).length,
    waitMs(ahead, { calls, windowMs }, nowMs) {
      const inWindow = within(windowMs, nowMs).map(({ countedMs }) => Math.min(countedMs, nowMs + underWayMs))
      inWindow.sort((a, b) => a - b)
      const blocking = inWindow[inWindow.length - calls + (ahead % calls)] ?? -Infinity
      return Math.max(0, blocking + windowMs - nowMs) + Math.floor(ahead / calls) * windowMs
    },
    recent: (windowMs, leaseMs, nowMs) =>
      within(windowMs, nowMs).map(({ call, countedMs }) => [
        call,
        countedMs === Infinity ? -leaseMs : nowMs - countedMs,
      ]),
    prune(windowMs, nowMs) {
      sends = within(windowMs, nowMs)
    },
  }
}
