import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Membership } from './membership'
import { type RedisReport, createScript, type Script } from './script'

/** A text and how long it will be kept yet. */
export interface KeptText {
  readonly text: string
  readonly leftMs: number
}

/** `lead`: there is none, and the asker is the one to bring it. `wait`: somebody else is bringing it. */
export type Found = KeptText | 'lead' | 'wait'

export interface SharedCacheOptions {
  readonly redis: Redis
  readonly membership: Membership
  readonly report?: RedisReport
  /** Only replicas of the same namespace see each other's texts. */
  readonly namespace: string
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number
}

/** After a failure Redis is not asked for so long. */
const PAUSE_MS = 1000
/** For so long one asker is left to bring what is missing. */
const LEAD_MS = 250
const LONGEST_TEXT = 2 ** 20

/**
 * KEYS: text, lead; ARGV: how long a lead lasts, how long the text must be kept yet
 * Answers the text and its time left; else whether the asker has the lead.
 */
const FIND = `
local left = redis.call('PTTL', KEYS[1])
if left >= tonumber(ARGV[2]) then return { redis.call('GET', KEYS[1]), left } end
return { redis.call('SET', KEYS[2], 1, 'NX', 'PX', ARGV[1]) and 'lead' or 'wait', -1 }
`

/** SharedCache that replicas leave for each other in Redis. Nobody waits for it longer than one command may take. */
export class SharedCache {
  readonly #options: SharedCacheOptions
  readonly #find: Script
  #notBeforeMs = -Infinity

  constructor(options: SharedCacheOptions) {
    this.#options = options
    this.#find = createScript(options.redis, FIND, options.report)
  }

  /** Never rejects; whoever cannot ask Redis has the lead. */
  async find(key: string, minLeftMs: number): Promise<Found> {
    if (!this.#mayAsk()) return 'lead'
    const name = this.#name(key)
    const reply = await this.#find([name, leadOf(name)], [LEAD_MS, minLeftMs]).catch(() => this.#pause())
    if (!Array.isArray(reply)) return 'lead'
    const [text, leftMs] = reply as readonly unknown[]
    const isFound = typeof leftMs === 'number' && leftMs > 0
    if (text !== 'wait') this.#options.report?.answer(isFound ? 'found' : 'missing')
    if (isFound) return { text: String(text), leftMs }
    return text === 'wait' ? 'wait' : 'lead'
  }

  /** Never throws. By Redis's clock, so that what arrives late is not kept for longer. */
  keep(key: string, text: string, keepMs: number): void {
    const { redis, membership, report } = this.#options
    const redisMs = membership.redisNow()
    if (redisMs === null || text.length > LONGEST_TEXT || !this.#mayAsk()) return
    redis.set(this.#name(key), text, 'PXAT', Math.floor(redisMs + keepMs)).then(
      () => report?.answer('written'),
      () => this.#failed(),
    )
  }

  /** The next one who asks has the lead. Never throws. */
  giveUp(key: string): void {
    if (!this.#mayAsk()) return
    this.#options.redis.del(leadOf(this.#name(key))).catch(() => this.#failed())
  }

  #mayAsk(): boolean {
    const { membership, now } = this.#options
    return membership.standing().kind === 'shared' && now() >= this.#notBeforeMs
  }

  #failed(): void {
    this.#options.report?.failed()
    this.#pause()
  }

  #pause(): null {
    this.#notBeforeMs = this.#options.now() + PAUSE_MS
    return null
  }

  #name(key: string): string {
    const hash = createHash('sha256').update(key).digest('base64url')
    return `task-gateway:answer:v1:${this.#options.namespace}:${hash}`
  }
}

/** Where it stands that somebody has the lead. */
function leadOf(name: string): string {
  return `${name}:lead`
}
