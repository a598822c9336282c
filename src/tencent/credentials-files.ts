import { readFile } from 'node:fs/promises'
import type { Credential } from './credentials'
import { errorText } from '../lib/error-text'

/** What the credentials files hold for one profile. */
export type CredentialsFileResult =
  | { readonly kind: 'found'; readonly credential: Credential; readonly path: string }
  /** No file has the profile. */
  | { readonly kind: 'absent' }
  /** A file is there and cannot be used: names file and key, never a value. */
  | { readonly kind: 'broken'; readonly problem: string }

/**
 * Reads the ini section `[profile]` (`secret_id`, `secret_key`, `token`) of the first file that has it; a file that
 * is not there is passed over. A broken one is not: the next file may be another account's.
 * @param paths absolute, in the order in which they are asked, e.g. `~/.tencentcloud/credentials` spelt out
 */
export async function readCredentialsFiles(
  paths: readonly string[],
  profile = 'default',
): Promise<CredentialsFileResult> {
  for (const path of paths) {
    const result = await readCredentialsFile(path, profile)
    if (result.kind !== 'absent') return result
  }
  return { kind: 'absent' }
}

async function readCredentialsFile(path: string, profile: string): Promise<CredentialsFileResult> {
  try {
    return credentialIn(iniSection(await readFile(path, 'utf8'), profile), path, profile)
  } catch (error) {
    const code = errorText(error, 'code')
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    return { kind: 'broken', problem: `${path} cannot be read (${code})` }
  }
}

function credentialIn(
  section: ReadonlyMap<string, string> | null,
  path: string,
  profile: string,
): CredentialsFileResult {
  if (section === null) return { kind: 'absent' }
  const wrong = (key: string, rule: string): CredentialsFileResult => {
    return { kind: 'broken', problem: `${path}: ${key} in [${profile}] ${rule}` }
  }
  const secretId = section.get('secret_id') ?? ''
  const secretKey = section.get('secret_key') ?? ''
  const token = section.get('token') ?? ''
  for (const [key, value] of Object.entries({ secret_id: secretId, secret_key: secretKey, token })) {
    // Anything else could not be sent in a header, and was not meant.
    if (!/^[\x21-\x7e]*$/.test(value)) return wrong(key, 'has a space or a character that is not ASCII')
    if (value === '' && key !== 'token') return wrong(key, 'is missing')
  }
  return { kind: 'found', path, credential: { secretId, secretKey, ...(token !== '' && { token }) } }
}

/** The keys of one section, or null without it. Comments are whole lines: a value may hold `#` and `;`. */
function iniSection(text: string, name: string): Map<string, string> | null {
  let section = ''
  let found: Map<string, string> | null = null
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const trimmed = line.trim()
    section = /^\[(.*)\]$/.exec(trimmed)?.[1]?.trim() ?? section
    if (section !== name) continue
    found ??= new Map()
    const [, key, value] = /^([^#;[=][^=]*?)\s*=\s*(.*)$/.exec(trimmed) ?? []
    if (key !== undefined && value !== undefined) found.set(key, unquoted(value))
  }
  return found
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value
}
