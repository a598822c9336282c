import type { Redis } from 'ioredis'
import type { Membership } from './membership'
import { createScript, type RedisReport, type Script } from './script'

export interface SharedHintsOptions {
  readonly redis: Redis
  readonly membership: Membership
  readonly report?: RedisReport
  /** Only replicas of the same namespace see each other's hints. */
  readonly namespace: string
}

/** A hint is kept so long after it was last claimed. */
const KEEP_MS = 24 * 3_600_000

/** KEYS: tasks; ARGV: how long a hint is kept, and for each task the hint to leave, or an empty text. Returns the stored hints. */
const CLAIM = `
local hints = {}
for index, key in ipairs(KEYS) do
  if ARGV[index + 1] ~= '' then redis.call('SET', key, ARGV[index + 1], 'NX') end
  hints[index] = redis.call('GET', key)
  if hints[index] then redis.call('PEXPIRE', key, ARGV[1]) end
end
return hints
`

/** The hints that replicas first gave tasks which had no request id then. */
export class SharedHints {
  readonly #options: SharedHintsOptions
  readonly #claim: Script

  constructor(options: SharedHintsOptions) {
    this.#options = options
    this.#claim = createScript(options.redis, CLAIM, options.report)
  }

  /** Never rejects. Without Redis there are no stored hints. */
  async claim(
    entries: readonly { readonly task: string; readonly hint: string | null }[],
  ): Promise<readonly (string | null)[]> {
    const { membership, namespace } = this.#options
    if (membership.standing().kind !== 'shared') return []
    const keys = entries.map(({ task }) => `task-gateway:hint:v1:${namespace}:${task}`)
    const reply = await this.#claim(keys, [KEEP_MS, ...entries.map(({ hint }) => hint ?? '')]).catch(
      () => null,
    )
    return Array.isArray(reply) ? reply.map((hint: unknown) => (typeof hint === 'string' ? hint : null)) : []
  }
}
