import { type AccountConfig, parseAccount, parseAccountNames, refuseSharedRole } from './config/accounts'
import { type AuthConfig, parseAuth, parseRouterSecret } from './config/auth'
import type { CredentialPlaces, ReadCredential, ReadRole } from './config/credential'
import { parseMetadataEndpoint } from './config/endpoint'
import { Environment, type Variables } from './config/environment'
import { type HttpConfig, parseHttp } from './config/http'
import { type LimitsConfig, parseLimits, type LiveConfig, parseLive } from './config/limits'
import { parseProducts, type ProductConfig } from './config/products'
import { parseRedis, type RedisConfig, redisSecrets } from './config/redis'
import { parseTrustedDocuments, type TrustedDocument } from './config/trusted-documents'
import { parseTraces, type TracesConfig } from './config/traces'
import { warnOfUnknownNames } from './config/names'
import { parseUpstream, proxySecrets, type UpstreamConfig } from './config/upstream'

/** Everything the gateway is told from outside. */
export interface Config {
  readonly production: boolean
  readonly http: HttpConfig
  readonly auth: AuthConfig
  /** What `_entities` and `_service` need beside credentials; null: nothing. */
  readonly routerSecret: string | null
  readonly accounts: readonly AccountConfig[]
  /** By the product's name. */
  readonly products: Readonly<Record<string, ProductConfig>>
  readonly upstream: UpstreamConfig
  readonly live: LiveConfig
  readonly limits: LimitsConfig
  /** The only documents that may run; null: any may. */
  readonly trustedDocuments: readonly TrustedDocument[] | null
  /** The first authenticates new cursors, all verify; null: to be derived. */
  readonly cursorSecrets: readonly string[] | null
  /** null: this process shares nothing with others. */
  readonly redis: RedisConfig | null
  /** By how much an upstream's list may be out of order before it counts as wrong. */
  readonly orderToleranceSeconds: number
  readonly logLevel: string
  /** null: none are made. */
  readonly traces: TracesConfig | null
}

export interface ParsedConfig {
  readonly config: Config
  /** For the log. */
  readonly warnings: readonly string[]
}

/** Every problem of the environment at once; no message holds a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      ['The gateway cannot start with these settings:', ...problems.map((problem) => `  - ${problem}`)].join(
        '\n',
      ),
    )
    this.problems = problems
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
const CURSOR_SECRET_CHARACTERS = 16
const OUR_NAME = /^(TASK_GATEWAY|TENCENTCLOUD|REDIS)_/
const PLACEHOLDER = /replace-me/i

/**
 * Reads the settings. `readFiles`, then `readRole`, are asked for the credentials of an account that has none in the
 * environment.
 * @throws ConfigError that lists every problem
 */
export async function parseConfig(
  variables: Variables,
  readFiles: ReadCredential,
  readRole: ReadRole = noRole,
): Promise<ParsedConfig> {
  const environment = new Environment(variables)
  const names = parseAccountNames(environment)
  const production = parseProduction(environment)
  const http = parseHttp(environment, production)
  const accounts = await parseAccounts(environment, names, readFiles, readRole)
  const cursorSecrets = parseCursorSecrets(environment)
  const config: Config = {
    production,
    http,
    auth: await parseAuth(environment, accounts),
    routerSecret: parseRouterSecret(environment),
    accounts,
    products: parseProducts(environment),
    upstream: parseUpstream(environment),
    live: parseLive(environment),
    limits: parseLimits(environment),
    trustedDocuments: await parseTrustedDocuments(environment),
    cursorSecrets,
    redis: parseRedis(environment, accounts, cursorSecrets),
    orderToleranceSeconds: environment.integer('TASK_GATEWAY_ORDER_TOLERANCE_SECONDS', {
      min: 0,
      max: 3600,
      fallback: 0,
    }),
    logLevel: environment.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    traces: parseTraces(environment),
  }
  refusePlaceholders(environment)
  warnOfUnknownNames(environment, names)
  if (environment.problems.length > 0) throw new ConfigError([...new Set(environment.problems)])
  return { config, warnings: [...new Set(environment.warnings)] }
}

/** Every value of the configuration that must not be seen anywhere. */
export function secretsOf(config: Config): readonly string[] {
  const credentials = config.accounts.flatMap(({ credential: { credential } }) => [
    credential.secretId,
    credential.secretKey,
    ...(credential.token === undefined ? [] : [credential.token]),
  ])
  const redis = config.redis === null ? [] : redisSecrets(config.redis)
  const router = config.routerSecret === null ? [] : [config.routerSecret]
  const traces = config.traces?.secrets ?? []
  return [
    ...credentials,
    ...(config.cursorSecrets ?? []),
    ...router,
    ...redis,
    ...traces,
    ...proxySecrets(config.upstream),
  ]
}

async function parseAccounts(
  environment: Environment,
  names: readonly (string | null)[],
  files: ReadCredential,
  role: ReadRole,
): Promise<readonly AccountConfig[]> {
  const accounts: AccountConfig[] = []
  const endpoint = parseMetadataEndpoint(environment)
  const places: CredentialPlaces = { files, role: once(role), endpoint }
  // One after the other, so that the problems come in the accounts' order.
  for (const name of names) accounts.push(await parseAccount(environment, name, places))
  refuseSharedRole(environment, accounts)
  return accounts
}

/** The machine's role is asked for once, however many accounts there are. */
function once(role: ReadRole): ReadRole {
  let asked: ReturnType<ReadRole> | null = null
  return (endpoint) => (asked ??= role(endpoint))
}

function noRole(): ReturnType<ReadRole> {
  return Promise.resolve({ kind: 'absent' })
}

/** An example is started as it is sooner than one thinks, and everybody knows what it holds. */
function refusePlaceholders(environment: Environment): void {
  for (const name of environment.names())
    if (OUR_NAME.test(name) && PLACEHOLDER.test(environment.text(name) ?? ''))
      environment.refuseSecret(name, 'it is still the placeholder of an example')
}

/** Not set counts as production: who forgets it gets the closed door. */
function parseProduction(environment: Environment): boolean {
  const mode = environment.text('NODE_ENV') ?? 'production'
  if (/^prod/i.test(mode) && mode !== 'production') {
    environment.refuse('NODE_ENV', 'production is spelled "production"')
  }
  return mode === 'production'
}

function parseCursorSecrets(environment: Environment): readonly string[] | null {
  const name = 'TASK_GATEWAY_CURSOR_SECRET'
  const secrets = environment.list(name)
  if (secrets !== null && (secrets.length === 0 || secrets.some(isShort))) {
    environment.refuseSecret(
      name,
      `each of its entries must have ${CURSOR_SECRET_CHARACTERS} characters or more`,
    )
  }
  return secrets
}

function isShort(secret: string): boolean {
  return secret.length < CURSOR_SECRET_CHARACTERS
}
