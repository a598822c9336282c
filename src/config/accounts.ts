import { type CredentialConfig, type CredentialPlaces, parseCredential } from './credential'
import { type Environment, quoted } from './environment'
import { ACCOUNT_NAMES, accountVariable } from './names'

export type ProductName = 'CDB' | 'POSTGRES'

/** One Tencent Cloud account to ask, and where. */
export interface AccountConfig {
  readonly name: string
  readonly credential: CredentialConfig
  /** null is a call without a region, which the CDB document allows. */
  readonly regions: Readonly<Record<ProductName, readonly (string | null)[]>>
}

const REGION_NAMES = {
  CDB: 'TASK_GATEWAY_CDB_REGIONS',
  POSTGRES: 'TASK_GATEWAY_POSTGRES_REGIONS',
} as const satisfies Record<ProductName, string>

const ACCOUNT_NAME = /^[a-z][a-z0-9_-]{0,31}$/
const REGION = /^[a-z]{2,}(-[a-z0-9]+){1,3}$/
const REGION_CHARACTERS = 32

/** The accounts by name; `[null]` where `TASK_GATEWAY_ACCOUNTS` is not set and there is but one. */
export function parseAccountNames(environment: Environment): readonly (string | null)[] {
  const variable = 'TASK_GATEWAY_ACCOUNTS'
  const names = environment.list(variable)
  if (names === null) return [null]
  if (names.length === 0) environment.refuse(variable, 'it names no account')
  const suffixes = new Set<string>()
  for (const name of names) {
    const suffix = accountVariable('', name)
    if (!ACCOUNT_NAME.test(name)) {
      environment.refuse(variable, `${quoted(name)} must match ${ACCOUNT_NAME.source}`)
    } else if (suffixes.has(suffix)) {
      environment.refuse(variable, `${quoted(name)} has the same variables as an account before it`)
    }
    suffixes.add(suffix)
  }
  warnOfPlainCredential(environment)
  return names.filter((name) => ACCOUNT_NAME.test(name))
}

export async function parseAccount(
  environment: Environment,
  account: string | null,
  places: CredentialPlaces,
): Promise<AccountConfig> {
  const cdb = parseRegions(environment, account, 'CDB')
  const postgres = parseRegions(environment, account, 'POSTGRES')
  if (postgres.length === 0) environment.warnings.push(noPostgres(account))
  return {
    name: account ?? 'default',
    credential: await parseCredential(environment, account, places),
    regions: { CDB: cdb.length === 0 ? [null] : cdb, POSTGRES: postgres },
  }
}

/** The machine has one role: for two accounts it would be the same one twice. */
export function refuseSharedRole(environment: Environment, accounts: readonly AccountConfig[]): void {
  const names = accounts.filter(({ credential }) => credential.kind === 'role').map(({ name }) => name)
  if (names.length < 2) return
  const whose = names.map(quoted).join(' and ')
  environment.problems.push(`no credential for accounts ${whose}: only one can be the machine's own role`)
}

function parseRegions(
  environment: Environment,
  account: string | null,
  product: ProductName,
): readonly string[] {
  const names = [REGION_NAMES[product], 'TENCENTCLOUD_REGION']
  const candidates = [...names.map((name) => accountVariable(name, account)), ...names]
  const variable = candidates.find((name) => environment.text(name) !== null)
  const regions = [...new Set(variable === undefined ? [] : environment.list(variable))]
  if (variable !== undefined && (regions.length === 0 || !regions.every(isRegion))) {
    environment.refuse(variable, 'it must be region codes like ap-guangzhou, with commas between them')
  }
  return regions
}

function isRegion(text: string): boolean {
  return text.length <= REGION_CHARACTERS && REGION.test(text)
}

function noPostgres(account: string | null): string {
  const variable = accountVariable(REGION_NAMES.POSTGRES, account)
  const whose = account === null ? '' : ` for account ${quoted(account)}`
  return `no Postgres source${whose}: its API demands a region; set ${variable} or TENCENTCLOUD_REGION`
}

function warnOfPlainCredential(environment: Environment): void {
  const credentialNames = ACCOUNT_NAMES.filter((name) => /_(ID|KEY|TOKEN)$/.test(name))
  for (const name of credentialNames.filter((candidate) => environment.text(candidate) !== null)) {
    environment.warnings.push(`${name} is not used: with TASK_GATEWAY_ACCOUNTS each account has its own`)
  }
}
