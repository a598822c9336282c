import { readFile, stat } from 'node:fs/promises'
import { errorText } from '../lib/error-text'
import { isRecord } from '../lib/is-record'
import { fileVersion } from '../lib/watched-file'
import { LIMIT_NAMES, parseLimits, type Limits, SCOPES } from './limits'

/** A caller of `TASK_GATEWAY_AUTH=api-key`, known by the hash of its key. */
export interface ApiKey extends Limits {
  readonly name: string
  /** SHA-256 of the key's text. */
  readonly hash: Buffer
  readonly scopes: ReadonlySet<string>
}

export interface KeyFile {
  readonly keys: readonly ApiKey[]
  /** What is wrong with the file; names keys and rules, and shows no hash. Empty: the keys are good. */
  readonly problems: readonly string[]
  /** Differs between two versions of the file. */
  readonly version: string
}

type Refuse = (problem: string) => void

const FIELDS: readonly string[] = ['name', 'sha256', 'scopes', ...LIMIT_NAMES]
const NAME = /^[\w.@-]{1,64}$/
const SHA256 = /^[0-9a-f]{64}$/i
const PLACEHOLDER = /^0+$/
const MAX_BYTES = 2 ** 20

/** Reads the file of keys. Never rejects. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  const problems: string[] = []
  // Taken before the file is read: what is written in between looks changed the next time.
  const { version } = await fileVersion(path)
  const keys = await readEntries(path).then(
    (entries) => parseKeys(entries, (problem) => problems.push(problem)),
    (error: unknown) => {
      problems.push(error instanceof Error ? error.message : String(error))
      return []
    },
  )
  return { keys, problems: [...new Set(problems)], version }
}

async function readEntries(path: string): Promise<readonly unknown[]> {
  const entries = parseJson(await readText(path))
  if (Array.isArray(entries)) return entries as readonly unknown[]
  throw new Error('it must be a JSON list of keys')
}

async function readText(path: string): Promise<string> {
  try {
    const found = await stat(path)
    if (found.isFile() && found.size <= MAX_BYTES) return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`it cannot be read (${errorText(error, 'code')})`, { cause: error })
  }
  throw new Error('it must be a file of at most 1 MiB')
}

/** Without the parser's message, which quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

function parseKeys(entries: readonly unknown[], refuse: Refuse): readonly ApiKey[] {
  const keys = entries.map((entry, at) => parseKey(entry, at + 1, refuse))
  for (const [at, { name, hash }] of keys.entries()) {
    const earlier = keys.slice(0, at)
    if (earlier.some((key) => key.name === name && name !== '')) refuse(`two keys have the name "${name}"`)
    const twin = earlier.find((key) => key.hash.length > 0 && key.hash.equals(hash))
    if (twin !== undefined) refuse(`the keys "${twin.name}" and "${name}" have the same sha256`)
  }
  return keys
}

function parseKey(entry: unknown, number: number, refuse: Refuse): ApiKey {
  const fields = isRecord(entry) ? entry : {}
  const { name, sha256 } = fields
  const isNamed = typeof name === 'string' && NAME.test(name)
  const which = isNamed ? `key "${name}"` : `key number ${number}`
  if (!isRecord(entry)) refuse(`${which} must be an object`)
  else if (!isNamed) refuse(`${which} needs a name of 1 to 64 letters, digits and _ . @ -`)
  for (const field of Object.keys(fields))
    if (!FIELDS.includes(field)) refuse(`${which} has a field that is none of ${FIELDS.join(', ')}`)
  const isHash = typeof sha256 === 'string' && SHA256.test(sha256)
  if (!isHash) refuse(`${which}: sha256 must be 64 hexadecimal digits`)
  else if (PLACEHOLDER.test(sha256)) refuse(`${which}: sha256 is still the placeholder of an example`)
  return {
    name: isNamed ? name : '',
    hash: Buffer.from(isHash ? sha256 : '', 'hex'),
    scopes: parseScopes(fields['scopes'], which, refuse),
    ...parseLimits(fields, (limit, rule) => refuse(`${which}: ${limit} ${rule}`)),
  }
}

function parseScopes(value: unknown, which: string, refuse: Refuse): ReadonlySet<string> {
  if (Array.isArray(value) && value.every((scope) => SCOPES.some((known) => known === scope)))
    return new Set(value as string[])
  refuse(`${which}: scopes must be a list of ${SCOPES.join(' and ')}`)
  return new Set()
}
