import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

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

/** What a command waits for its answer, in milliseconds. */
const COMMAND_MS = 50

/**
 * Rejects where the answer takes too long. The client's own time limit would take a pause of this process for one of
 * Redis: after a pause timers run before sockets are read, so what has arrived meanwhile is read first here.
 */
function withinLimit<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`Redis gave no answer within ${COMMAND_MS} ms`)))
    }, COMMAND_MS)
    answer.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

/** Reports what happens between this replica and Redis. */
export interface RedisReport {
  /** Redis has refused a command, or has not answered it in time. */
  failed(): void
  /** A text was looked for, or left for the others. */
  answer(result: 'found' | 'missing' | 'written'): void
}
