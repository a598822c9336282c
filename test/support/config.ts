import { ConfigError, parseConfig } from '../../src/config'
import type { ReadCredential } from '../../src/config/credential'
import type { Variables } from '../../src/config/environment'

export const SECRET_ID = 'AKIDcanary0000000000000000000000'
export const SECRET_KEY = 'canaryKey00000000000000000000000'
/** The least that a gateway needs. */
export const KEYS = { TENCENTCLOUD_SECRET_ID: SECRET_ID, TENCENTCLOUD_SECRET_KEY: SECRET_KEY }

const noFiles: ReadCredential = () => null

export function parse(variables: Variables, readFiles = noFiles): ReturnType<typeof parseConfig> {
  return parseConfig(variables, readFiles)
}

/** What is wrong with these variables; empty where nothing is. */
export function problems(variables: Variables, readFiles = noFiles): readonly string[] {
  try {
    parseConfig(variables, readFiles)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
