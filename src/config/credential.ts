import { type Environment, quoted } from './environment'
import { accountVariable } from './names'

/** A signing key, as it is given. */
export interface Credential {
  readonly secretId: string
  readonly secretKey: string
  /** With temporary (STS) keys only. */
  readonly token?: string
}

export type CredentialLookup =
  | { readonly kind: 'found'; readonly credential: Credential }
  | { readonly kind: 'absent' }
  /** The problem names the file and what is wrong in it, and no secret. */
  | { readonly kind: 'broken'; readonly problem: string }

/** Looks a profile up in the credentials files. */
export type ReadCredential = (profile: string) => Promise<CredentialLookup>

const TOKEN_NAMES = ['TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN']
const HEADER_SAFE = /^[\x21-\x7e]+$/
const NO_CREDENTIAL: Credential = { secretId: '', secretKey: '' }

/** The account's key from its variables, else from the credentials files; null is the only account's name. */
export async function parseCredential(
  environment: Environment,
  account: string | null,
  readFiles: ReadCredential,
): Promise<Credential> {
  const idName = accountVariable('TENCENTCLOUD_SECRET_ID', account)
  const keyName = accountVariable('TENCENTCLOUD_SECRET_KEY', account)
  const secretId = readSecret(environment, idName)
  const secretKey = readSecret(environment, keyName)
  const token = readToken(environment, account)
  if (secretId !== null && secretKey !== null) {
    return { secretId, secretKey, ...(token !== null && { token }) }
  }
  if (secretId === null && secretKey === null && token === null) {
    return readProfile(environment, account, readFiles)
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

async function readProfile(
  environment: Environment,
  account: string | null,
  readFiles: ReadCredential,
): Promise<Credential> {
  const profile = account ?? 'default'
  const lookup = await readFiles(profile)
  if (lookup.kind === 'found') return lookup.credential
  environment.problems.push(lookup.kind === 'broken' ? lookup.problem : missing(profile, account))
  return NO_CREDENTIAL
}

function missing(profile: string, account: string | null): string {
  const id = accountVariable('TENCENTCLOUD_SECRET_ID', account)
  const key = accountVariable('TENCENTCLOUD_SECRET_KEY', account)
  const whose = account === null ? 'no credential' : `no credential for account ${quoted(account)}`
  return `${whose}: set ${id} and ${key}, or write a [${profile}] section into ~/.tencentcloud/credentials (\`npm run demo\` needs no credential)`
}
