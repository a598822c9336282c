import type { Redis } from 'ioredis'
import {
  EXPECTED_KEY,
  logKey,
  loweredKey,
  REPLICAS_KEY,
  MOVE,
  TAKE,
  ABSENT_MS,
  AWAIT_MS,
  FORGET_MS,
  LEASE_MS,
} from './quota-scripts'
import type { Membership } from './membership'
import { type RedisReport, createScript, type Script } from './script'

/** How long exchanges with the cloud take at the least, at present. */
interface LeastLatency {
  observe(latencyMs: number, nowMs: number): void
  /** 0 until it is known. */
  currentMs(): number
}

/** What is known of the way to the cloud. */
export interface Way {
  /** How long a call may be on its way to the cloud's counter. */
  readonly underWayMs: number
  readonly latency: LeastLatency
}

interface DistributedRateLimiterOptions extends Way {
  readonly redis: Redis
  readonly membership: Membership
  readonly report?: RedisReport
  /** Different for every process. */
  readonly id: string
  /** Account, product and region. */
  readonly quota: string
  /** So many calls may go in a window. */
  readonly size: number
  readonly windowMs: number
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number
}

/** A call that goes now. */
export interface SharedCall {
  written(): void
  ended(): void
}

interface Wait {
  readonly waitMs: number
}

/** While this replica is quiet, or others are missing, it looks again so often whether that is over. */
const LOOK_MS = 25
/** One after the other. */
const MANY_FAILURES = 5

/** The calls of all replicas in Redis, where one step looks and enters; this replica's share of the quota without it. */
export class DistributedRateLimiter {
  readonly #options: DistributedRateLimiterOptions
  readonly #own: LocalWindow
  readonly #ask: Script
  readonly #move: Script
  #calls = 0
  #failures = 0
  /** When the next call may go, and how many this replica may send in a window, as Redis told last. */
  #next: { readonly atMs: number; readonly calls: number }

  constructor(options: DistributedRateLimiterOptions) {
    this.#options = options
    const { redis, membership, quota, size, windowMs, underWayMs, now } = options
    this.#own = createLocalWindow(underWayMs)
    this.#ask = createScript(redis, TAKE, options.report)
    this.#move = createScript(redis, MOVE, options.report)
    this.#next = { atMs: -Infinity, calls: size }
    membership.keep({ key: logKey(quota), recent: () => this.#own.recent(windowMs, LEASE_MS, now()) })
  }

  /** Never rejects. */
  async take(rate: number): Promise<SharedCall | Wait> {
    const standing = this.#options.membership.standing()
    if (standing.kind === 'quiet') return { waitMs: Math.min(LOOK_MS, standing.leftMs) }
    return standing.kind === 'alone' ? this.#takeAlone(rate) : this.#takeShared(rate)
  }

  /** An estimate, as nobody knows what the other replicas will want. */
  waitMs(ahead: number, rate: number): number {
    const { membership, windowMs } = this.#options
    const standing = membership.standing()
    const pace = standing.kind === 'shared' ? { calls: this.#next.calls, windowMs } : this.#share(rate)
    const firstMs = standing.kind === 'quiet' ? standing.leftMs : this.#likelyMs(standing.kind, ahead, pace)
    return Math.ceil(firstMs + Math.floor(ahead / pace.calls) * pace.windowMs)
  }

  /** What is under way is answered soon, as a rule: so no longer than a window. */
  #likelyMs(kind: 'shared' | 'alone', ahead: number, pace: Pace): number {
    const nowMs = this.#options.now()
    const safeMs =
      kind === 'shared' ? this.#next.atMs - nowMs : this.#own.waitMs(ahead % pace.calls, pace, nowMs)
    return Math.min(pace.windowMs, Math.max(0, safeMs))
  }

  #takeAlone(rate: number): SharedCall | Wait {
    const { now } = this.#options
    const pace = this.#share(rate)
    const waitMs = this.#own.waitMs(0, pace, now())
    if (waitMs > 0) return { waitMs: Math.ceil(waitMs) }
    this.#own.prune(pace.windowMs, now())
    return this.#sent(this.#nextCall())
  }

  async #takeShared(rate: number): Promise<SharedCall | Wait> {
    const { membership, id, quota, size, windowMs, underWayMs, now } = this.#options
    const call = this.#nextCall()
    const reply = await this.#ask(
      [REPLICAS_KEY, EXPECTED_KEY, logKey(quota), loweredKey(quota)],
      [
        ...[id, call, size, rate, windowMs, LEASE_MS, underWayMs],
        ...[ABSENT_MS, FORGET_MS, AWAIT_MS, LOOK_MS],
      ],
    ).catch(() => null)
    const [goes = -1, waitMs = 0, sent = 0, limit = 1, replicas = 1] = Array.isArray(reply)
      ? reply.map(Number)
      : []
    if (goes === -1) {
      this.#failures += 1
      if (this.#failures >= MANY_FAILURES) membership.suspect()
      return { waitMs: LOOK_MS }
    }
    this.#failures = 0
    this.#own.prune(windowMs, now())
    const granted = goes === 1 ? this.#sent(call) : null
    const others = Math.max(0, sent - this.#own.count(windowMs, now()))
    this.#next = { atMs: now() + waitMs, calls: Math.max(1, limit - others, Math.floor(limit / replicas)) }
    // What was to go in this very moment has gone to somebody else.
    return granted ?? { waitMs: Math.max(1, waitMs) }
  }

  #sent(call: string): SharedCall {
    const { underWayMs, latency, now } = this.#options
    const send = this.#own.add(call)
    let sinceMs = now()
    return {
      written: () => {
        sinceMs = now()
        send.countedMs = sinceMs + underWayMs
        this.#tell(send, 'written', underWayMs)
      },
      // Whatever an exchange takes at the least, the cloud had counted the call that much before its end.
      ended: () => {
        latency.observe(now() - sinceMs, now())
        const aheadMs = -latency.currentMs()
        send.countedMs = Math.min(send.countedMs, now() + aheadMs)
        this.#tell(send, 'ended', aheadMs)
      },
    }
  }

  /** What does not arrive counts for longer than it need: for the lease, or until this replica joins again. */
  #tell({ call }: OwnSend, event: 'written' | 'ended', aheadMs: number): void {
    const { membership, quota } = this.#options
    if (membership.standing().kind !== 'shared') return
    this.#move([logKey(quota)], [call, event, aheadMs, FORGET_MS]).catch(() => null)
  }

  #share(rate: number): Pace {
    const { membership, windowMs } = this.#options
    const part = rate / membership.replicas()
    return { calls: Math.max(1, Math.floor(part)), windowMs: windowMs * Math.max(1, 1 / part) }
  }

  #nextCall(): string {
    this.#calls += 1
    return `${this.#options.id}:${this.#calls}`
  }
}

/** A call of this replica. */
interface OwnSend {
  readonly call: string
  /** By this process's clock, when the cloud counts it at the latest; Infinity while it waits for a connection. */
  countedMs: number
}

/** How many calls may go in which time. */
interface Pace {
  readonly calls: number
  readonly windowMs: number
}

/** What this replica alone has sent against one quota, kept under Redis and without it. */
interface LocalWindow {
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
function createLocalWindow(underWayMs: number): LocalWindow {
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
