import type { AccountConfig } from './accounts'
import type { Environment } from './environment'

/** What several replicas share their quota and answers through. */
export interface RedisConfig {
  /** `redis://` or `rediss://`; may hold a password. */
  readonly url: string
  /** A replica that never reached Redis keeps to this part of the quota: one in so many. */
  readonly maxReplicas: number
}

const URL_NAME = 'REDIS_URL'
const REPLICAS_NAME = 'TASK_GATEWAY_MAX_REPLICAS'

/** Null without `REDIS_URL`: then this process is alone. */
export function parseRedis(
  environment: Environment,
  accounts: readonly AccountConfig[],
  cursorSecrets: readonly string[] | null,
): RedisConfig | null {
  const url = environment.text(URL_NAME)
  const maxReplicas = environment.integer(REPLICAS_NAME, { min: 1, max: 100, fallback: 4 })
  if (url === null) {
    if (environment.text(REPLICAS_NAME) !== null)
      environment.warnings.push(`${REPLICAS_NAME} does nothing without ${URL_NAME}`)
    return null
  }
  if (!isRedis(url)) {
    environment.refuseSecret(
      URL_NAME,
      'it must be redis(s)://[user:password@]host[:port][/database], its special characters percent-encoded',
    )
  }
  if (cursorSecrets === null && accounts.every(isTemporary)) {
    environment.problems.push(
      `TASK_GATEWAY_CURSOR_SECRET is missing: with ${URL_NAME} and temporary credentials every replica needs the same one, so that each reads the others' cursors`,
    )
  }
  return { url, maxReplicas }
}

/** Every form in which the password may come up. */
export function redisSecrets({ url }: RedisConfig): readonly string[] {
  const { password } = new URL(url)
  return password === '' ? [] : [url, password, decodeURIComponent(password)]
}

function isRedis(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, username, password, search, hash } = new URL(text)
  return (
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^(\/\d{0,4})?$/.test(pathname) &&
    search + hash === '' &&
    isDecodable(username) &&
    isDecodable(password)
  )
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function isTemporary({ credential: { credential } }: AccountConfig): boolean {
  return credential.token !== undefined
}
