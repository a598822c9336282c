import type { Redis } from 'ioredis'
import {
  EXPECTED_KEY,
  REPLICAS_KEY,
  PROBE,
  REGISTER,
  ABSENT_MS,
  BEAT_MS,
  COUNTED_MS,
  FORGET_MS,
  LATE_MS,
} from './quota-scripts'
import { type RedisReport, createScript, type Script } from './script'

interface MembershipLog {
  info(facts: Readonly<Record<string, unknown>>, message: string): void
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
}

export interface MembershipOptions {
  readonly redis: Redis
  /** Different for every process. */
  readonly id: string
  /** What is assumed of the number of replicas until it was seen. */
  readonly maxReplicas: number
  readonly log: MembershipLog
  readonly report?: RedisReport
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number
  /** Ends when the signal aborts, too. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>
}

/** So many answers in time are asked for once this replica is on its own. */
const SURE_PROBES = 3
const PROBE_PAUSE_MS = 50

/** Makes this process one of several replicas; README.md in this folder has the protocol, and why it is safe. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #register: Script
  readonly #probe: Script
  readonly #strikes: Strikes
  readonly #logs: JoiningLog[] = []
  #joined = false
  #seen = 0
  /** By how much Redis's clock is ahead of ours, or a little less. */
  #aheadMs: number | null = null
  #goodProbes = 0
  /** When that was sent which the others know of us for certain. */
  #heardMs = -Infinity
  /** When that was sent which they may know. */
  #toldMs: number
  #reported: Standing['kind'] | null = null

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#register = createScript(options.redis, REGISTER, options.report)
    this.#probe = createScript(options.redis, PROBE, options.report)
    this.#strikes = createStrikes(options.now)
    // Whoever has just started may be one that was killed a moment ago, with calls that still count.
    this.#toldMs = options.now()
  }

  standing(): Standing {
    const { now } = this.#options
    if (this.#joined && now() - this.#heardMs < ABSENT_MS - LATE_MS) return { kind: 'shared' }
    const leftMs = this.#toldMs + LATE_MS + ABSENT_MS + COUNTED_MS - now()
    return leftMs > 0 ? { kind: 'quiet', leftMs } : { kind: 'alone' }
  }

  /** How many there are: as last seen, or as assumed. */
  replicas(): number {
    return this.#seen === 0 ? this.#options.maxReplicas : this.#seen
  }

  /** Redis's clock in Unix milliseconds, or a little earlier; null until it was heard. */
  redisNow(): number | null {
    return this.#aheadMs === null ? null : this.#options.now() + this.#aheadMs
  }

  /** Redis fails again and again, or is too slow. */
  suspect(): void {
    if (!this.#joined) return
    this.#joined = false
    this.#goodProbes = 0
    this.#strikes.left()
  }

  /** From now on Redis is told of this log's calls when this replica joins. */
  keep(log: JoiningLog): void {
    this.#logs.push(log)
  }

  /** Joins and stays joined, as often as it takes, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { redis, id, sleep } = this.#options
    while (!signal.aborted) {
      if (this.#joined) await this.#stay()
      if (!this.#joined) await this.#approach()
      this.#report()
      await sleep(this.#joined ? BEAT_MS : PROBE_PAUSE_MS, signal)
    }
    if (this.#joined) await redis.zrem(REPLICAS_KEY, id).catch(() => 0)
  }

  /** A beat that fails is made up for by the next one, as long as the others do not take this replica for absent. */
  async #stay(): Promise<void> {
    const outcome = await this.#tell('beat')
    if (outcome === 'unknown') this.#joined = false
    else if (outcome !== 'ok' && this.standing().kind !== 'shared') this.suspect()
  }

  async #approach(): Promise<void> {
    const sentMs = this.#options.now()
    const stamp = await this.#probe([], []).catch(() => null)
    if (stamp === null) {
      this.#goodProbes = 0
      return
    }
    this.#hear(Number(stamp), sentMs)
    this.#goodProbes += 1
    const wasAlone = this.standing().kind === 'alone'
    if (this.#goodProbes < (wasAlone ? SURE_PROBES : 1) || !this.#strikes.mayJoin()) return
    this.#goodProbes = 0
    this.#joined = (await this.#tell('join')) === 'ok'
    if (this.#joined) this.#strikes.joined()
    else this.#strikes.failed(wasAlone)
  }

  /** From the first moment on nothing may be sent alone, as the others may hear of it even where we hear nothing. */
  async #tell(mode: 'beat' | 'join'): Promise<unknown> {
    const { id, now } = this.#options
    const sentMs = now()
    this.#toldMs = sentMs
    const logs = mode === 'join' ? this.#logs : []
    const saw = mode === 'join' ? this.#seen : 0
    const sentAtMs = sentMs + (this.#aheadMs ?? 0)
    const reply = await this.#register(
      [REPLICAS_KEY, EXPECTED_KEY, ...logs.map(({ key }) => key)],
      [id, sentAtMs, LATE_MS, ABSENT_MS, FORGET_MS, mode, saw].concat(
        logs.map((log) => JSON.stringify(log.recent())),
      ),
    ).catch(() => null)
    if (!Array.isArray(reply)) return 'failed'
    const [stamp, outcome, replicas] = reply as readonly unknown[]
    this.#hear(Number(stamp), sentMs)
    if (outcome === 'ok') {
      this.#heardMs = sentMs
      this.#seen = Number(replicas)
    }
    return outcome
  }

  /** Redis's clock stood so at some time since that was sent; what was known before is kept where it agrees. */
  #hear(redisMs: number, sentMs: number): void {
    const leastMs = redisMs - this.#options.now()
    this.#aheadMs = Math.min(Math.max(this.#aheadMs ?? leastMs, leastMs), redisMs - sentMs)
  }

  #report(): void {
    const { kind } = this.standing()
    if (kind === 'quiet' || kind === this.#reported) return
    this.#reported = kind
    const facts = { replicas: this.replicas() }
    const { log } = this.#options
    if (kind === 'shared') log.info(facts, 'the quota is shared through Redis')
    else log.warn(facts, 'Redis does not answer in time, so this replica keeps to its share of the quota')
  }
}

/** The membership of this replica. */
export type Standing =
  /** All ask Redis. */
  | { readonly kind: 'shared' }
  /** What everybody has sent may still count, or the others may not have noticed yet that this one is away. */
  | { readonly kind: 'quiet'; readonly leftMs: number }
  /** Redis cannot be asked: this one keeps to its share. */
  | { readonly kind: 'alone' }

/** The calls of one quota that Redis has to know when this replica joins. */
interface JoiningLog {
  readonly key: string
  /** Calls and how many milliseconds ago they were counted. */
  recent(): readonly (readonly [string, number])[]
}

/** Keeps a replica from joining and leaving all the time where Redis answers now and then only. */
interface Strikes {
  joined(): void
  /** Redis failed a replica that had joined. */
  left(): void
  /** It failed one that tried to join. */
  failed(wasAlone: boolean): void
  mayJoin(): boolean
}

/** After this time without leaving, a replica has no strikes left. */
const STEADY_MS = 2000
/** Single slow answers are usual: a full collection of garbage is enough. */
const FREE = 3
const FIRST_PAUSE_MS = 3000
const LONGEST_PAUSE_MS = 30_000

/** The pauses double from the third failure on. */
function createStrikes(now: () => number): Strikes {
  let count = 0
  let joinedMs = -Infinity
  let notBeforeMs = -Infinity
  const strike = (least: number): void => {
    count = Math.max(count + 1, least)
    const pauseMs = count < FREE ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - FREE))
    notBeforeMs = now() + pauseMs
  }
  return {
    joined() {
      joinedMs = now()
    },
    left() {
      if (now() - joinedMs >= STEADY_MS) count = 0
      strike(0)
    },
    // Who was on its own has to be quiet again after it, so not too often.
    failed: (wasAlone) => strike(wasAlone ? FREE : 0),
    mayJoin: () => now() >= notBeforeMs,
  }
}
