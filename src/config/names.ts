import { PRODUCTS, productVariable } from './products'
import type { Environment } from './environment'

const NAMES = Object.keys(PRODUCTS)

/** Each account has these of its own; with `TASK_GATEWAY_ACCOUNTS` the account's name stands behind them. */
export const ACCOUNT_NAMES: readonly string[] = [
  'TENCENTCLOUD_SECRET_ID',
  'TENCENTCLOUD_SECRET_KEY',
  'TENCENTCLOUD_TOKEN',
  'TENCENTCLOUD_SESSION_TOKEN',
  'TENCENTCLOUD_SECURITY_TOKEN',
  'TENCENTCLOUD_REGION',
  ...NAMES.map((product) => productVariable(product, 'REGIONS')),
]

/** Every setting there is, built or not. */
export const KNOWN_NAMES: readonly string[] = [
  ...ACCOUNT_NAMES,
  'TASK_GATEWAY_ACCOUNTS',
  'TASK_GATEWAY_METADATA_ENDPOINT',
  ...NAMES.map((product) => productVariable(product, 'ENDPOINT')),
  ...NAMES.map((product) => productVariable(product, 'RATE')),
  'HOST',
  'PORT',
  'TASK_GATEWAY_ADMIN_PORT',
  'TASK_GATEWAY_AUTH',
  'TASK_GATEWAY_ALLOW_ANONYMOUS',
  'TASK_GATEWAY_API_KEYS_FILE',
  'TASK_GATEWAY_JWKS_URL',
  'TASK_GATEWAY_JWT_ISSUER',
  'TASK_GATEWAY_JWT_AUDIENCE',
  'TASK_GATEWAY_ROUTER_SECRET',
  'TASK_GATEWAY_CORS_ORIGINS',
  'TASK_GATEWAY_TRUSTED_DOCUMENTS',
  'TASK_GATEWAY_MAX_COST',
  'TASK_GATEWAY_MAX_OBJECTS',
  'TASK_GATEWAY_MAX_ANSWER_BYTES',
  'TASK_GATEWAY_CALLER_RATE',
  'TASK_GATEWAY_MAX_IN_FLIGHT',
  'TASK_GATEWAY_CALLER_SHARE',
  'TASK_GATEWAY_TRUSTED_PROXIES',
  'TASK_GATEWAY_INTROSPECTION',
  'TASK_GATEWAY_GRAPHIQL',
  'TASK_GATEWAY_DEADLINE_MS',
  'TASK_GATEWAY_ATTEMPT_TIMEOUT_MS',
  'TASK_GATEWAY_SCAN_CALLS',
  'TASK_GATEWAY_LIVE_CONNECTIONS',
  'TASK_GATEWAY_LIVE_SUBSCRIPTIONS_PER_CONNECTION',
  'TASK_GATEWAY_LIVE_IDS_PER_SUBSCRIPTION',
  'TASK_GATEWAY_DRAIN_MS',
  'TASK_GATEWAY_CACHE_TTL_MS',
  'TASK_GATEWAY_CURSOR_SECRET',
  'TASK_GATEWAY_ORDER_TOLERANCE_SECONDS',
  'REDIS_URL',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_NAME',
  'TASK_GATEWAY_MAX_REPLICAS',
  'LOG_LEVEL',
]

/** The variable that holds an account's setting; null is the one account there is without `TASK_GATEWAY_ACCOUNTS`. */
export function accountVariable(name: string, account: string | null): string {
  return account === null ? name : `${name}_${account.toUpperCase().replaceAll('-', '_')}`
}

const PREFIX = 'TASK_GATEWAY_'
/** In edits: who knows how a name begins means rather one of those that begin so. */
const WORTH_OF_BEGINNING = 2
const SERVICE_NAME =
  /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/
const SERVICE_VALUE = /^(tcp|udp|sctp):\/\//

/** Warns of names that look like settings of ours and are none. */
export function warnOfUnknownNames(environment: Environment, accounts: readonly (string | null)[]): void {
  const perAccount = accounts.flatMap((account) =>
    ACCOUNT_NAMES.map((name) => accountVariable(name, account)),
  )
  const known = [...KNOWN_NAMES, ...perAccount]
  for (const name of environment.names()) {
    if (known.includes(name) || isMadeByKubernetes(name, environment.text(name) ?? '')) continue
    const base = ACCOUNT_NAMES.find((candidate) => name.startsWith(`${candidate}_`))
    if (base !== undefined) {
      environment.warnings.push(`${name} is not used: TASK_GATEWAY_ACCOUNTS names no such account`)
    } else if (name.startsWith(PREFIX)) {
      environment.warnings.push(`${name} is no setting; the nearest one is ${nearest(name, known)}`)
    }
  }
}

/** Kubernetes describes each service of the namespace by variables, e.g. `TASK_GATEWAY_PORT=tcp://10.0.0.1:80`. */
export function isMadeByKubernetes(name: string, value: string): boolean {
  return SERVICE_NAME.test(name) || (name.endsWith('_PORT') && SERVICE_VALUE.test(value))
}

function nearest(name: string, known: readonly string[]): string {
  const bare = withoutPrefix(name)
  const distances = known.map((candidate) => {
    const other = withoutPrefix(candidate)
    const beginning = commonBeginning(bare, other) * WORTH_OF_BEGINNING
    return { candidate, distance: editDistance(bare, other) - beginning }
  })
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).candidate
}

/** With how many characters both begin. */
function commonBeginning(left: string, right: string): number {
  const differs = Array.from(left).findIndex((character, index) => character !== right[index])
  return differs === -1 ? left.length : differs
}

function withoutPrefix(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name
}

/** Levenshtein's, one row of the table at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [line, character] of Array.from(left).entries()) {
    const next = [line + 1]
    for (const [column, other] of Array.from(right).entries()) {
      const swap = at(row, column) + (character === other ? 0 : 1)
      next.push(Math.min(swap, at(row, column + 1) + 1, at(next, column) + 1))
    }
    row = next
  }
  return at(row, right.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
