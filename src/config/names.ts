import { PRODUCTS, productVariable } from './products'

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
