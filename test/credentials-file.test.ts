import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Credential, CredentialProvider } from '../src/tencent/credentials'
import { createFileCredentials } from '../src/tencent/file-credentials'

const signal = new AbortController().signal

let folder = ''
let path = ''
let laterMs: number
let changes: Credential[]
let warnings: unknown[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'))
  path = join(folder, 'credentials')
  laterMs = 0
  changes = []
  warnings = []
})
afterEach(() => rm(folder, { recursive: true }))

const text = (turn: number): string =>
  `[default]\nsecret_id = id-${turn}\nsecret_key = canary-key-${turn}\ntoken = token-${turn}\n`

const credential = (turn: number): Credential => ({
  secretId: `id-${turn}`,
  secretKey: `canary-key-${turn}`,
  token: `token-${turn}`,
})

/** Writes the file as of a while ago, so that it counts as complete. */
async function write(content: string, agoMs = 60_000): Promise<void> {
  await writeFile(path, content)
  const at = new Date(Date.now() + laterMs - agoMs)
  await utimes(path, at, at)
}

async function start(): Promise<CredentialProvider> {
  await write(text(1))
  return createFileCredentials({
    path,
    profile: 'default',
    first: credential(1),
    clock: { now: () => Date.now() + laterMs },
    onChange: (changed) => changes.push(changed),
    log: { warn: (facts) => warnings.push(facts) },
  })
}

it('is read again a second after the file has changed, and told of before it is used', async () => {
  const provider = await start()
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(1))
  await write(text(2), 1000)
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(1))
  laterMs += 1000
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(2))
  expect(changes).toEqual([credential(2)])
})

it('is read again when another file has taken the place, as mounted secrets do', async () => {
  const provider = await start()
  await provider.get(signal)
  const other = join(folder, 'other')
  await writeFile(other, text(2))
  const at = new Date(Date.now() - 60_000)
  await utimes(other, at, at)
  await rename(other, path)
  laterMs += 1000
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(2))
})

it.each([
  ['half-written', '[default]\nsecret_id = id-2\nsecret_'],
  ['empty', ''],
  ['of another profile', '[other]\nsecret_id = id-2\nsecret_key = canary-key-2\n'],
])('stays the last good one while the file is %s, with one warning and no secret', async (_how, content) => {
  const provider = await start()
  await write(content)
  for (let second = 0; second < 3; second++) {
    laterMs += 1000
    await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(1))
  }
  expect(warnings).toHaveLength(1)
  expect(JSON.stringify(warnings)).not.toContain('canary')
  await write(text(3))
  laterMs += 1000
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(3))
})

it('stays the last good one when the file is gone', async () => {
  const provider = await start()
  await rm(path)
  laterMs += 1000
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(1))
  expect(warnings).toHaveLength(1)
})

it('is not taken from a file that is written this very moment, though it looks whole', async () => {
  const provider = await start()
  laterMs += 1000
  await write('[default]\nsecret_id = id-2\nsecret_key = canary-k', 0)
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(1))
  await write(text(2), 0)
  laterMs += 1000
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(2))
})

it('is looked for at once when the cloud refuses the token, and tells whether there is another', async () => {
  const provider = await start()
  const refused = await provider.get(signal)
  await expect(provider.replace(refused, signal)).resolves.toBe(false)
  await write(text(2))
  await expect(provider.replace(refused, signal)).resolves.toBe(true)
  await expect(Promise.resolve(provider.get(signal))).resolves.toEqual(credential(2))
  await expect(provider.replace(refused, signal)).resolves.toBe(true)
})
