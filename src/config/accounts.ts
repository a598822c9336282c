import { type CredentialConfig, type CredentialPlaces, parseCredential } from './credential'
import { type Environment, quoted } from './environment'
import { ACCOUNT_NAMES, accountVariable } from './names'
import { PRODUCTS, productVariable, type ProductDefaults } from './products'

/** One Tencent Cloud account to ask, and where. */
export interface AccountConfig {
  readonly name: string
  readonly credential: CredentialConfig
  /** By the product's name; null is a call without a region, which some products allow. */
  readonly regions: Readonly<Record<string, readonly (string | null)[]>>
}

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
  const regions = Object.entries(PRODUCTS).map(
    ([product, defaults]) => [product, parseRegions(environment, account, product, defaults)] as const,
  )
  return {
    name: account ?? 'default',
    credential: await parseCredential(environment, account, places),
    regions: Object.fromEntries(regions),
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
  product: string,
  { title, needsRegion }: ProductDefaults,
): readonly (string | null)[] {
  const own = productVariable(product, 'REGIONS')
  const names = [own, 'TENCENTCLOUD_REGION']
  const candidates = [...names.map((name) => accountVariable(name, account)), ...names]
  const variable = candidates.find((name) => environment.text(name) !== null)
  const regions = [...new Set(variable === undefined ? [] : environment.list(variable))]
  if (variable !== undefined && (regions.length === 0 || !regions.every(isRegion))) {
    environment.refuse(variable, 'it must be region codes like ap-guangzhou, with commas between them')
  }
  if (regions.length > 0) return regions
  if (!needsRegion) return [null]
  environment.warnings.push(noSource(title, own, account))
  return []
}

function isRegion(text: string): boolean {
  return text.length <= REGION_CHARACTERS && REGION.test(text)
}

function noSource(title: string, regions: string, account: string | null): string {
  const variable = accountVariable(regions, account)
  const whose = account === null ? '' : ` for account ${quoted(account)}`
  return `no ${title} source${whose}: its API demands a region; set ${variable} or TENCENTCLOUD_REGION`
}

function warnOfPlainCredential(environment: Environment): void {
  const credentialNames = ACCOUNT_NAMES.filter((name) => /_(ID|KEY|TOKEN)$/.test(name))
  for (const name of credentialNames.filter((candidate) => environment.text(candidate) !== null)) {
    environment.warnings.push(`${name} is not used: with TASK_GATEWAY_ACCOUNTS each account has its own`)
  }
}
