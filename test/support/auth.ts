import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** A key as an operator writes it into the file. */
export function keyEntry(name: string, key: string, fields: object = {}) {
  const sha256 = createHash('sha256').update(key).digest('hex')
  return { name, sha256, scopes: ['tasks:read'], ...fields }
}

/** A file of keys, in a folder of its own. */
export interface KeyFile {
  readonly env: Readonly<Record<string, string>>
  readonly path: string
  /** Text, or what is to be JSON. */
  write(content: unknown): Promise<void>
  remove(): Promise<void>
}

export async function createKeyFile(content: unknown): Promise<KeyFile> {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'))
  const path = join(folder, 'keys.json')
  const write = (next: unknown) =>
    writeFile(path, typeof next === 'string' ? next : JSON.stringify(next, null, 2))
  await write(content)
  return {
    env: { TASK_GATEWAY_AUTH: 'api-key', TASK_GATEWAY_API_KEYS_FILE: path },
    path,
    write,
    remove: () => rm(folder, { recursive: true }),
  }
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Posts a query; a header with several values is sent so many times. */
export function post(
  url: string,
  headers: Readonly<Record<string, string | string[]>>,
  query = '{ __typename }',
  variables: object = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json' }
    const sent = request(`${url}/graphql`, { method: 'POST', headers: { ...type, ...headers } }, (answer) => {
      const { statusCode = 0 } = answer
      text(answer).then(
        (body) => resolve({ status: statusCode, headers: answer.headers, text: body }),
        reject,
      )
    })
    sent.on('error', reject).end(JSON.stringify({ query, variables }))
  })
}
