import { readKeyFile, type ApiKey, type KeyFile } from '../auth/key-file'
import type { AccountConfig } from './accounts'
import { type Environment, quoted } from './environment'
import { isLoopback } from './loopback'

/** Who may ask. */
export type AuthConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'api-key'; readonly path: string; readonly file: KeyFile }
  | { readonly kind: 'jwt'; readonly jwksUrl: string; readonly issuer: string; readonly audience: string }

const KINDS = ['none', 'api-key', 'jwt']
const KIND_NAME = 'TASK_GATEWAY_AUTH'
const FILE_NAME = 'TASK_GATEWAY_API_KEYS_FILE'
const JWKS_NAME = 'TASK_GATEWAY_JWKS_URL'
const JWT_NAMES = [JWKS_NAME, 'TASK_GATEWAY_JWT_ISSUER', 'TASK_GATEWAY_JWT_AUDIENCE'] as const
const ROUTER_NAME = 'TASK_GATEWAY_ROUTER_SECRET'
const ROUTER_SECRET = /^[\x21-\x7e]{16,1024}$/

/** Reads the file of keys too, where there is one. */
export async function parseAuth(
  environment: Environment,
  accounts: readonly AccountConfig[],
): Promise<AuthConfig> {
  const kind = environment.choice(KIND_NAME, KINDS, 'none')
  if (kind !== 'api-key') refuseUnused(environment, kind, 'api-key', [FILE_NAME])
  if (kind !== 'jwt') refuseUnused(environment, kind, 'jwt', JWT_NAMES)
  if (kind !== 'none' && environment.flag('TASK_GATEWAY_ALLOW_ANONYMOUS', false))
    environment.warnings.push(`TASK_GATEWAY_ALLOW_ANONYMOUS does nothing with ${KIND_NAME}=${kind}`)
  if (kind === 'api-key') return parseKeys(environment, accounts)
  return kind === 'jwt' ? parseJwt(environment) : { kind: 'none' }
}

/** Null where everybody may ask as a router does. */
export function parseRouterSecret(environment: Environment): string | null {
  const secret = environment.text(ROUTER_NAME)
  if (secret !== null && !ROUTER_SECRET.test(secret)) {
    environment.refuseSecret(
      ROUTER_NAME,
      'it must be 16 to 1024 characters of printable ASCII without blanks, as it comes in a header',
    )
  }
  return secret
}

/** Names in limits that match nothing here, as sentences for the log. */
export function unknownLimits(
  keys: readonly ApiKey[],
  accounts: readonly AccountConfig[],
): readonly string[] {
  const known = {
    accounts: new Set(accounts.map(({ name }) => name)),
    regions: new Set(accounts.flatMap(({ regions }) => Object.values(regions).flat())),
  }
  return keys.flatMap((key) =>
    (['accounts', 'regions'] as const).flatMap((limit) =>
      [...(key[limit] ?? [])]
        .filter((name) => !known[limit].has(name))
        .map(
          (name) => `${FILE_NAME}: key "${key.name}": ${limit} has ${quoted(name)}, which is not configured`,
        ),
    ),
  )
}

async function parseKeys(environment: Environment, accounts: readonly AccountConfig[]): Promise<AuthConfig> {
  const path = environment.text(FILE_NAME)
  if (path === null) {
    environment.problems.push(`${FILE_NAME} is missing: ${KIND_NAME}=api-key needs it`)
    return { kind: 'none' }
  }
  const file = await readKeyFile(path)
  for (const problem of file.problems) environment.refuse(FILE_NAME, problem)
  environment.warnings.push(...unknownLimits(file.keys, accounts))
  return { kind: 'api-key', path, file }
}

function parseJwt(environment: Environment): AuthConfig {
  const [jwksUrl = '', issuer = '', audience = ''] = JWT_NAMES.map((name) => {
    const text = environment.text(name)
    if (text === null) environment.problems.push(`${name} is missing: ${KIND_NAME}=jwt needs it`)
    return text ?? ''
  })
  if (jwksUrl !== '') checkJwksUrl(environment, jwksUrl)
  return { kind: 'jwt', jwksUrl, issuer, audience }
}

function checkJwksUrl(environment: Environment, text: string): void {
  const { protocol, hostname } = URL.canParse(text) ? new URL(text) : { protocol: '', hostname: '' }
  const isHere = protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, ''))
  if (text.includes('@')) {
    environment.refuseSecret(JWKS_NAME, 'it must have no user name or password in it')
  } else if (protocol !== 'https:' && !isHere) {
    environment.refuse(JWKS_NAME, 'it must be an https URL; http is for loopback only')
  }
}

/** What is meant to protect must not be set and do nothing. */
function refuseUnused(
  environment: Environment,
  kind: string,
  needed: string,
  names: readonly string[],
): void {
  for (const name of names)
    if (environment.text(name) !== null)
      environment.problems.push(
        `${name} does nothing with ${KIND_NAME}=${kind}: set ${KIND_NAME}=${needed}, or unset it`,
      )
}
