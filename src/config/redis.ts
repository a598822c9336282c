import type { AccountConfig } from './accounts'
import type { Environment } from './environment'

/** What several replicas share their quota and answers through. */
export type RedisConfig = RedisAddress & {
  /** A replica that never reached Redis keeps to this part of the quota: one in so many. */
  readonly maxReplicas: number
}

/** One server, or the primary that Sentinels know by a name. */
type RedisAddress =
  /** `redis://` or `rediss://`; may hold a password. */
  | { readonly url: string }
  | { readonly sentinels: readonly { readonly host: string; readonly port: number }[]; readonly name: string }

const URL_NAME = 'REDIS_URL'
const SENTINELS_NAME = 'REDIS_SENTINELS'
const PRIMARY_NAME = 'REDIS_SENTINEL_NAME'
const REPLICAS_NAME = 'TASK_GATEWAY_MAX_REPLICAS'
/** `host:port`; the host may be an IPv6 address in brackets. */
const SENTINEL = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):([1-9]\d{0,4})$/

/** Null without `REDIS_URL` and `REDIS_SENTINELS`: then this process is alone. */
export function parseRedis(
  environment: Environment,
  accounts: readonly AccountConfig[],
  cursorSecrets: readonly string[] | null,
): RedisConfig | null {
  const maxReplicas = environment.integer(REPLICAS_NAME, { min: 1, max: 100, fallback: 4 })
  const sentinels = parseSentinels(environment)
  const address = sentinels ?? parseUrl(environment)
  if (address === null) {
    if (environment.text(REPLICAS_NAME) !== null)
      environment.warnings.push(`${REPLICAS_NAME} does nothing without ${URL_NAME}`)
    return null
  }
  if (cursorSecrets === null && accounts.every(isTemporary)) {
    environment.problems.push(
      `TASK_GATEWAY_CURSOR_SECRET is missing: with ${sentinels === null ? URL_NAME : SENTINELS_NAME} and temporary credentials every replica needs the same one, so that each reads the others' cursors`,
    )
  }
  return { ...address, maxReplicas }
}

function parseUrl(environment: Environment): RedisAddress | null {
  const url = environment.text(URL_NAME)
  if (url === null) return null
  if (!isRedis(url)) {
    environment.refuseSecret(
      URL_NAME,
      'it must be redis(s)://[user:password@]host[:port][/database], its special characters percent-encoded',
    )
  }
  return { url }
}

function parseSentinels(environment: Environment): RedisAddress | null {
  const entries = environment.list(SENTINELS_NAME)
  const name = environment.text(PRIMARY_NAME)
  if (entries === null && name === null) return null
  if (entries === null || name === null) {
    const [missing, given] = name === null ? [PRIMARY_NAME, SENTINELS_NAME] : [SENTINELS_NAME, PRIMARY_NAME]
    environment.problems.push(`${missing} is missing: ${given} needs it`)
  }
  if (environment.text(URL_NAME) !== null)
    environment.refuseSecret(URL_NAME, `it must not be set together with ${SENTINELS_NAME}`)
  const sentinels = (entries ?? []).flatMap((entry) => {
    const [, ipv6, host = ipv6, port] = SENTINEL.exec(entry) ?? []
    return host === undefined || Number(port) > 65_535 ? [] : [{ host, port: Number(port) }]
  })
  if (entries !== null && (entries.length === 0 || sentinels.length < entries.length))
    environment.refuseSecret(SENTINELS_NAME, 'it must be host:port, with commas between several')
  return { sentinels, name: name ?? '' }
}

/** Every form in which the password may come up. */
export function redisSecrets(config: RedisConfig): readonly string[] {
  if (!('url' in config)) return []
  const { url } = config
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
