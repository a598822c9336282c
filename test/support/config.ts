import { ConfigError, parseConfig, type ParsedConfig } from '../../src/config'
import type { Credential, ReadCredential, ReadRole } from '../../src/config/credential'
import type { Variables } from '../../src/config/environment'

export const SECRET_ID = 'AKIDcanary0000000000000000000000'
export const SECRET_KEY = 'canaryKey00000000000000000000000'
/** The least that a gateway needs. */
export const KEYS = { TENCENTCLOUD_SECRET_ID: SECRET_ID, TENCENTCLOUD_SECRET_KEY: SECRET_KEY }

const noFiles: ReadCredential = () => Promise.resolve({ kind: 'absent' })

export function parse(variables: Variables, readFiles = noFiles, readRole?: ReadRole): Promise<ParsedConfig> {
  return parseConfig(variables, readFiles, readRole)
}

/** What is wrong with these variables; empty where nothing is. */
export async function problems(
  variables: Variables,
  readFiles = noFiles,
  readRole?: ReadRole,
): Promise<readonly string[]> {
  try {
    await parseConfig(variables, readFiles, readRole)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

/** Credentials files that have this in every profile. */
export function files(credential: (profile: string) => Credential): ReadCredential {
  return (profile) =>
    Promise.resolve({ kind: 'found', credential: credential(profile), path: '/credentials' })
}
