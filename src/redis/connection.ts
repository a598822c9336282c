import type { Redis } from 'ioredis'

export interface ConnectionLog {
  info(facts: Readonly<Record<string, unknown>>, message: string): void
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
}

/** For the commands with which a connection begins; ours have a limit of their own. */
const COMMAND_MS = 250
const CONNECT_MS = 250
/** A connection on which nothing comes for so long is given up, as one through a dead network never ends by itself. */
const SILENCE_MS = 1000
const RETRY_STEP_MS = 50
const RETRY_MS = 500

/**
 * A connection that comes back by itself for ever, and whose commands fail at once where there is none.
 * @param url `redis://` or `rediss://`; may hold a password
 */
export async function connectRedis(url: string, log: ConnectionLog): Promise<Redis> {
  // Loaded here, so that a gateway without Redis does without its client.
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disconnectTimeout: CONNECT_MS,
    retryStrategy: (times) => Math.min(times * RETRY_STEP_MS, RETRY_MS),
    connectionName: 'task-gateway',
    disableClientInfo: true,
  })
  tellChanges(redis, log)
  return redis
}

/** Once for each change, not for each attempt. */
function tellChanges(redis: Redis, log: ConnectionLog): void {
  let connected: boolean | null = null
  let problem: unknown = null
  redis.on('ready', () => {
    if (connected !== true) log.info({}, 'connected to Redis')
    connected = true
    problem = null
  })
  redis.on('error', (error: unknown) => {
    problem = error
  })
  redis.on('close', () => {
    if (connected !== false)
      log.warn(problem === null ? {} : { err: problem }, 'there is no connection to Redis')
    connected = false
  })
}
