import { type Environment, quoted } from './environment'
import { accountVariable } from './names'

/** A signing key, as it is given. */
export interface Credential {
  readonly secretId: string
  readonly secretKey: string
  /** With temporary (STS) keys only. */
  readonly token?: string
}

/** A key of the machine's role. */
export interface RoleCredential extends Credential {
  /** Unix milliseconds. */
  readonly expiresMs: number
}

/** Where an account's key comes from, and what it was at the start. */
export type CredentialConfig =
  | { readonly kind: 'fixed'; readonly credential: Credential }
  | {
      readonly kind: 'file'
      readonly credential: Credential
      readonly path: string
      readonly profile: string
    }
  | { readonly kind: 'role'; readonly credential: RoleCredential; readonly endpoint: string }

export type CredentialLookup =
  | { readonly kind: 'found'; readonly credential: Credential; readonly path: string }
  | { readonly kind: 'absent' }
  /** The problem names the file and what is wrong in it, and no secret. */
  | { readonly kind: 'broken'; readonly problem: string }

export type RoleLookup =
  | { readonly kind: 'found'; readonly credential: RoleCredential }
  /** The reason holds no secret. */
  | { readonly kind: 'absent'; readonly reason?: string }

/** Looks a profile up in the credentials files. */
export type ReadCredential = (profile: string) => Promise<CredentialLookup>

/** Asks the metadata service at this origin. */
export type ReadRole = (endpoint: string) => Promise<RoleLookup>

/** Where a key is looked for that the environment does not have. */
export interface CredentialPlaces {
  readonly files: ReadCredential
  readonly role: ReadRole
  /** Of the metadata service. */
  readonly endpoint: string
}

const TOKEN_NAMES = ['TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN']
const HEADER_SAFE = /^[\x21-\x7e]+$/
const NO_CREDENTIAL: CredentialConfig = { kind: 'fixed', credential: { secretId: '', secretKey: '' } }

/**
 * The account's key from its variables, else from the credentials files, else from the machine's role; null is the
 * only account's name.
 */
export async function parseCredential(
  environment: Environment,
  account: string | null,
  places: CredentialPlaces,
): Promise<CredentialConfig> {
  const idName = accountVariable('TENCENTCLOUD_SECRET_ID', account)
  const keyName = accountVariable('TENCENTCLOUD_SECRET_KEY', account)
  const secretId = readSecret(environment, idName)
  const secretKey = readSecret(environment, keyName)
  const token = readToken(environment, account)
  if (secretId !== null && secretKey !== null) {
    return { kind: 'fixed', credential: { secretId, secretKey, ...(token !== null && { token }) } }
  }
  if (secretId === null && secretKey === null && token === null) {
    return lookUp(environment, account, places)
  }
  if (secretId === null) environment.problems.push(`${idName} is missing: the rest of this credential is set`)
  if (secretKey === null)
    environment.problems.push(`${keyName} is missing: the rest of this credential is set`)
  return NO_CREDENTIAL
}

function readToken(environment: Environment, account: string | null): string | null {
  const names = TOKEN_NAMES.map((name) => accountVariable(name, account)).filter(
    (name) => environment.text(name) !== null,
  )
  const tokens = new Set(names.map((name) => readSecret(environment, name)))
  if (tokens.size > 1) {
    environment.problems.push(`${names.join(' and ')} differ: they are names of the same token, set one`)
  }
  return [...tokens][0] ?? null
}

function readSecret(environment: Environment, name: string): string | null {
  const value = environment.text(name)
  if (value !== null && !HEADER_SAFE.test(value)) {
    environment.refuseSecret(name, 'it must be printable ASCII without blanks, as it goes into a header')
  }
  return value
}

async function lookUp(
  environment: Environment,
  account: string | null,
  { files, role, endpoint }: CredentialPlaces,
): Promise<CredentialConfig> {
  const profile = account ?? 'default'
  const found = await files(profile)
  if (found.kind === 'found') {
    return { kind: 'file', credential: found.credential, path: found.path, profile }
  }
  if (found.kind === 'broken') {
    environment.problems.push(found.problem)
    return NO_CREDENTIAL
  }
  const own = await role(endpoint)
  if (own.kind === 'found') return { kind: 'role', credential: own.credential, endpoint }
  environment.problems.push(missing(profile, account, own.reason))
  return NO_CREDENTIAL
}

function missing(profile: string, account: string | null, reason: string | undefined): string {
  const id = accountVariable('TENCENTCLOUD_SECRET_ID', account)
  const key = accountVariable('TENCENTCLOUD_SECRET_KEY', account)
  const whose = account === null ? 'no credential' : `no credential for account ${quoted(account)}`
  const role = reason === undefined ? '' : `, nor is there a role of this machine: ${reason}`
  return `${whose}: set ${id} and ${key}, or write a [${profile}] section into ~/.tencentcloud/credentials (the demo, \`npm run demo\` or \`task-gateway demo\`, needs none)${role}`
}
