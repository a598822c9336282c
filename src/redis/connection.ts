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

/** What a server answers that is no primary (any more): another connection may lead to the one that is. */
const NO_PRIMARY = /\b(READONLY|MASTERDOWN)\b/
/** So often at most, as the new primary may not be known yet. */
const RECONNECT_EVERY_MS = 1000

/** One server, or the primary that Sentinels know by a name. */
export type RedisAddress =
  /** `redis://` or `rediss://`; may hold a password. */
  | { readonly url: string }
  | { readonly sentinels: readonly { readonly host: string; readonly port: number }[]; readonly name: string }

/** A connection that always reconnects. Its commands fail at once while it is down. */
export async function connectRedis(address: RedisAddress, log: ConnectionLog): Promise<Redis> {
  // Loaded here, so that a gateway without Redis does without its client.
  const { Redis } = await import('ioredis')
  let reconnectedMs = -Infinity
  const options = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: CONNECT_MS,
    sentinelCommandTimeout: COMMAND_MS,
    socketTimeout: SILENCE_MS,
    disconnectTimeout: CONNECT_MS,
    retryStrategy: (times: number) => Math.min(times * RETRY_STEP_MS, RETRY_MS),
    reconnectOnError({ message }: Error) {
      const nowMs = performance.now()
      if (!NO_PRIMARY.test(message) || nowMs - reconnectedMs < RECONNECT_EVERY_MS) return false
      reconnectedMs = nowMs
      return true
    },
    connectionName: 'task-gateway',
    disableClientInfo: true,
  }
  const redis =
    'url' in address
      ? new Redis(address.url, options)
      : new Redis({ ...options, name: address.name, sentinels: [...address.sentinels] })
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
