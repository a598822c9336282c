import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCredentialsFiles } from '../src/tencent/credentials-files'

let folder = ''
let home = ''
let machine = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'))
  home = join(folder, 'home')
  machine = join(folder, 'machine')
})
afterEach(() => rm(folder, { recursive: true }))

const credential = { secretId: 'AKIDone', secretKey: 'key-one' }

it.each([
  ['plainly', '[default]\nsecret_id=AKIDone\nsecret_key=key-one\n'],
  ['with spaces', '  [ default ]  \n  secret_id  =  AKIDone  \n\tsecret_key\t=\tkey-one\t\n'],
  ['with comments', '# mine\n[default]\n; id\nsecret_id = AKIDone\n#secret_key = old\nsecret_key = key-one'],
  ['with CRLF and a byte order mark', '\uFEFF[default]\r\nsecret_id = AKIDone\r\nsecret_key = key-one\r\n'],
  ['in quotes', '[default]\nsecret_id = "AKIDone"\nsecret_key = \'key-one\'\n'],
  ['with an empty token', '[default]\nsecret_id = AKIDone\nsecret_key = key-one\ntoken =\n'],
  [
    'with other sections and keys',
    '[a]\nsecret_id=x\n[default]\nsecret_id=AKIDone\nsecret_key=key-one\nregion=r\n[b]\ntoken=t',
  ],
])('reads a credential written %s', async (_how, text) => {
  await writeFile(home, text)
  await expect(readCredentialsFiles([home])).resolves.toEqual({ kind: 'found', path: home, credential })
})

it('reads the token of a temporary credential', async () => {
  await writeFile(home, '[default]\nsecret_id = AKIDone\nsecret_key = key-one\ntoken = a=b==\n')
  await expect(readCredentialsFiles([home])).resolves.toMatchObject({
    credential: { ...credential, token: 'a=b==' },
  })
})

it('keeps a # or ; inside a value', async () => {
  await writeFile(home, '[default]\nsecret_id = AKIDone\nsecret_key = key#1;2\n')
  await expect(readCredentialsFiles([home])).resolves.toMatchObject({ credential: { secretKey: 'key#1;2' } })
})

it('prefers the first file, and passes over one that is not there', async () => {
  await writeFile(machine, '[default]\nsecret_id = AKIDone\nsecret_key = key-one\n')
  await expect(readCredentialsFiles([home, machine])).resolves.toMatchObject({ kind: 'found', path: machine })
  await writeFile(home, '[default]\nsecret_id = AKIDhome\nsecret_key = key-home\n')
  await expect(readCredentialsFiles([home, machine])).resolves.toMatchObject({ kind: 'found', path: home })
})

it('looks for another profile in the next file', async () => {
  await writeFile(home, '[default]\nsecret_id = x\nsecret_key = y\n')
  await writeFile(machine, '[prod]\nsecret_id = AKIDone\nsecret_key = key-one\n')
  await expect(readCredentialsFiles([home, machine], 'prod')).resolves.toMatchObject({ credential })
})

it.each(['__proto__', 'constructor', 'default'])(
  'finds no profile %s in files without it',
  async (profile) => {
    await writeFile(home, 'secret_id = AKIDone\nsecret_key = key-one\n[other]\nsecret_id = x\n')
    await expect(readCredentialsFiles([home, machine], profile)).resolves.toEqual({ kind: 'absent' })
  },
)

it.each([
  ['without a key', 'secret_id = AKIDcanary\n', 'secret_key in [default] is missing'],
  ['with an empty key', 'secret_id = AKIDcanary\nsecret_key =\n', 'secret_key in [default] is missing'],
  ['without an id', 'secret_key = canary\n', 'secret_id in [default] is missing'],
  ['with nothing in it', '', 'secret_id in [default] is missing'],
  [
    'with a space in the key',
    'secret_id = a\nsecret_key = canary one\n',
    'secret_key in [default] has a space',
  ],
  [
    'with a control character',
    'secret_id = a\nsecret_key = canary\u0001\n',
    'secret_key in [default] has a space',
  ],
])(
  'names file and key, never the value, of a credential %s, and asks no further file',
  async (_how, text, rule) => {
    await writeFile(home, `[default]\n${text}`)
    await writeFile(machine, '[default]\nsecret_id = AKIDone\nsecret_key = key-one\n')
    const result = await readCredentialsFiles([home, machine])
    expect(result).toMatchObject({
      kind: 'broken',
      problem: expect.stringContaining(`${home}: ${rule}`) as string,
    })
    expect(JSON.stringify(result)).not.toContain('canary')
  },
)

it('reports a file that is there and cannot be read', async () => {
  await mkdir(home)
  await expect(readCredentialsFiles([home])).resolves.toEqual({
    kind: 'broken',
    problem: `${home} cannot be read (EISDIR)`,
  })
})
