import { homedir } from 'node:os'
import { join } from 'node:path'
import type { AccountConfig } from '../config/accounts'
import type { ReadCredential, ReadRole } from '../config/credential'
import type { Metrics } from '../telemetry/metrics'
import type { Log } from '../telemetry/log'
import { fixedCredential, type Credential, type CredentialProvider } from '../tencent/credentials'
import { readCredentialsFiles } from '../tencent/credentials-files'
import { createFileCredentials } from '../tencent/file-credentials'
import { createRoleCredentials, askRole } from '../tencent/role-credentials'

/** Off the cloud nothing may answer at all, and a start must not wait long for that. */
const START_MS = 1000
const RENEWAL_MS = 2000

/** The credentials files of this user and machine. */
export const readFiles: ReadCredential = (profile) => {
  const paths = [join(homedir(), '.tencentcloud', 'credentials'), '/etc/tencentcloud/credentials']
  return readCredentialsFiles(paths, profile)
}

/** The role of this machine, where it has one. */
export const readRole: ReadRole = async (endpoint) => {
  try {
    return await askRole(endpoint, START_MS)
  } catch (error) {
    return { kind: 'absent', reason: error instanceof Error ? error.message : String(error) }
  }
}

export interface CredentialTools {
  readonly log: Log
  readonly metrics: Pick<Metrics, 'guards'>
  readonly clock: { readonly now: () => number }
  readonly hideSecrets: (secrets: readonly string[]) => void
}

/** What an account's calls are signed with, now and after a rotation; one for all its sources. */
export function createCredentials(
  { name, credential }: AccountConfig,
  tools: CredentialTools,
): CredentialProvider {
  const { clock } = tools
  const { guards } = tools.metrics
  const accountLog = tools.log.child({ account: name })
  const log = {
    warn(facts: Readonly<Record<string, unknown>>, message: string): void {
      guards.credentialRenewal(name, 'error')
      accountLog.warn(facts, message)
    },
  }
  const onChange = ({ secretId, secretKey, token }: Credential): void => {
    tools.hideSecrets([secretId, secretKey, ...(token === undefined ? [] : [token])])
    guards.credentialRenewal(name, 'ok')
    accountLog.info('the credential has changed')
  }
  switch (credential.kind) {
    case 'fixed':
      return fixedCredential(credential.credential)
    case 'file': {
      const { path, profile, credential: first } = credential
      return createFileCredentials({ path, profile, first, clock, onChange, log })
    }
    case 'role': {
      const { endpoint, credential: first } = credential
      return createRoleCredentials({
        first,
        clock,
        onChange,
        log,
        ask: () => askRole(endpoint, RENEWAL_MS),
      })
    }
  }
}
