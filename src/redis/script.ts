import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { withinLimit } from './command-timeout'
import type { RedisReport } from './report'

/** Runs a Lua script, which Redis does as one step. Rejects where the answer does not come in time. */
export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

/** Sends the script's text only where Redis does not know it yet, as after a restart. */
export function createScript(redis: Redis, lua: string, report?: RedisReport): Script {
  const sha = createHash('sha1').update(lua).digest('hex')
  const run: Script = async (keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.eval(lua, keys.length, ...keys, ...args)
    }
  }
  return async (keys, args) => {
    try {
      return await withinLimit(run(keys, args))
    } catch (error) {
      report?.failed()
      throw error
    }
  }
}
