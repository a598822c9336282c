import { dirname } from 'node:path'
import { createKeyFile, keyEntry, type KeyFile } from './support/auth'
import { KEYS, parse, problems } from './support/config'
import { secretsOf } from '../src/config'
import { GatewayProcess } from './support/gateway-process'

const PLACES = { TENCENTCLOUD_REGION: 'ap-guangzhou' }
const JWT = {
  TASK_GATEWAY_AUTH: 'jwt',
  TASK_GATEWAY_JWKS_URL: 'https://issuer.example/keys',
  TASK_GATEWAY_JWT_ISSUER: 'https://issuer.example',
  TASK_GATEWAY_JWT_AUDIENCE: 'tasks',
}

let file: KeyFile
beforeAll(async () => {
  file = await createKeyFile([keyEntry('ci', 'canary')])
})
afterAll(() => file.remove())

/** What is wrong with a file of this content, without the name of the setting and the path. */
async function problemsOf(content: unknown): Promise<readonly string[]> {
  await file.write(content)
  const found = await problems({ ...KEYS, ...PLACES, ...file.env })
  expect(found.join()).not.toContain('canary')
  const prefix = `TASK_GATEWAY_API_KEYS_FILE is ${JSON.stringify(file.path)}: `
  for (const problem of found) expect(problem.startsWith(prefix)).toBe(true)
  return found.map((problem) => problem.slice(prefix.length))
}

describe('TASK_GATEWAY_AUTH', () => {
  it.each(['apikey', 'NONE', 'jwt,api-key', 'true'])('is not %j', async (value) => {
    expect(await problems({ ...KEYS, TASK_GATEWAY_AUTH: value })).toEqual([
      `TASK_GATEWAY_AUTH is "${value}": it must be one of none, api-key, jwt`,
    ])
  })

  it('lets a host that others reach serve where it is a mechanism', async () => {
    await file.write([keyEntry('ci', 'x')])
    for (const env of [JWT, file.env]) {
      const { config } = await parse({ ...KEYS, HOST: '0.0.0.0', ...env })
      expect([config.http.loopback, config.auth.kind]).toEqual([false, env['TASK_GATEWAY_AUTH']])
    }
  })

  it('makes the permission for anybody do nothing, which is told', async () => {
    const { warnings } = await parse({ ...KEYS, ...PLACES, ...JWT, TASK_GATEWAY_ALLOW_ANONYMOUS: 'true' })
    expect(warnings).toEqual(['TASK_GATEWAY_ALLOW_ANONYMOUS does nothing with TASK_GATEWAY_AUTH=jwt'])
  })

  it.each([
    [{ TASK_GATEWAY_API_KEYS_FILE: '/keys' }, 'none', 'api-key'],
    [{ ...JWT, TASK_GATEWAY_API_KEYS_FILE: '/keys' }, 'jwt', 'api-key'],
    [{ TASK_GATEWAY_JWKS_URL: 'https://x' }, 'none', 'jwt'],
    [{ TASK_GATEWAY_JWT_ISSUER: 'x' }, 'none', 'jwt'],
    [{ TASK_GATEWAY_JWT_AUDIENCE: 'x' }, 'none', 'jwt'],
  ])('that leaves a setting without effect is a problem: %j', async (env, kind, needed) => {
    expect(await problems({ ...KEYS, ...env })).toEqual([
      expect.stringMatching(
        `does nothing with TASK_GATEWAY_AUTH=${kind}: set TASK_GATEWAY_AUTH=${needed}, or unset it$`,
      ),
    ])
  })
})

describe('a file of keys', () => {
  it('is needed for api-key', async () => {
    expect(await problems({ ...KEYS, TASK_GATEWAY_AUTH: 'api-key' })).toEqual([
      'TASK_GATEWAY_API_KEYS_FILE is missing: TASK_GATEWAY_AUTH=api-key needs it',
    ])
  })

  it('is found', async () => {
    const env = { TASK_GATEWAY_AUTH: 'api-key', TASK_GATEWAY_API_KEYS_FILE: '/nowhere/keys' }
    expect(await problems({ ...KEYS, ...env })).toEqual([
      'TASK_GATEWAY_API_KEYS_FILE is "/nowhere/keys": it cannot be read (ENOENT)',
    ])
    expect(await problems({ ...KEYS, ...env, TASK_GATEWAY_API_KEYS_FILE: dirname(file.path) })).toEqual([
      expect.stringContaining('it must be a file of at most 1 MiB'),
    ])
  })

  const SHA = 'must be 64 hexadecimal digits'
  it.each<[string, unknown, readonly string[]]>([
    ['no JSON', '[{"canary', ['it is not JSON']],
    ['empty', '', ['it is not JSON']],
    ['no list', { keys: [] }, ['it must be a JSON list of keys']],
    ['more than a mebibyte', 'x'.repeat(2 ** 20 + 1), ['it must be a file of at most 1 MiB']],
    [
      'no object',
      ['canary', null, []],
      [1, 2, 3].flatMap((number) => [
        `key number ${number} must be an object`,
        `key number ${number}: sha256 ${SHA}`,
        `key number ${number}: scopes must be a list of tasks:read and tasks:detail`,
      ]),
    ],
    [
      'without a name',
      [{ ...keyEntry('', 'x') }],
      ['key number 1 needs a name of 1 to 64 letters, digits and _ . @ -'],
    ],
    [
      'with the key in the place of its hash',
      [{ ...keyEntry('ci', 'x'), sha256: 'canary' }],
      [`key "ci": sha256 ${SHA}`],
    ],
    [
      'with a hash too short',
      [{ ...keyEntry('ci', 'x'), sha256: 'a'.repeat(63) }],
      [`key "ci": sha256 ${SHA}`],
    ],
    [
      'with a hash that is none',
      [{ ...keyEntry('ci', 'x'), sha256: 'g'.repeat(64) }],
      [`key "ci": sha256 ${SHA}`],
    ],
    ['of one name', [keyEntry('ci', 'x'), keyEntry('ci', 'y')], ['two keys have the name "ci"']],
    ['of one hash', [keyEntry('a', 'x'), keyEntry('b', 'x')], ['the keys "a" and "b" have the same sha256']],
    [
      'without scopes',
      [keyEntry('ci', 'x', { scopes: undefined })],
      ['key "ci": scopes must be a list of tasks:read and tasks:detail'],
    ],
    [
      'with an unknown scope',
      [keyEntry('ci', 'x', { scopes: ['tasks:write'] })],
      ['key "ci": scopes must be a list of tasks:read and tasks:detail'],
    ],
    [
      'with an unknown product',
      [keyEntry('ci', 'x', { providers: ['REDIS'] })],
      ['key "ci": providers must be a list of CDB and POSTGRES'],
    ],
    [
      'with a limit that is no list',
      [keyEntry('ci', 'x', { accounts: 'dev', regions: null })],
      ['key "ci": accounts must be a list of names', 'key "ci": regions must be a list of names'],
    ],
    [
      'with an unknown field',
      [keyEntry('ci', 'x', { account: [], key: 'canary' })],
      ['key "ci" has a field that is none of name, sha256, scopes, accounts, regions, providers'],
    ],
  ])('has no entries that are %s', async (_, content, expected) => {
    expect(await problemsOf(content)).toEqual(expected)
  })

  it('tells all its problems, beside those of the other settings', async () => {
    await file.write([keyEntry('ci', 'x', { scopes: [5] }), keyEntry('ci', 'y', { regions: [''] })])
    expect(await problems({ ...KEYS, ...file.env, PORT: 'x' })).toEqual([
      expect.stringContaining('PORT is'),
      expect.stringContaining('scopes must be'),
      expect.stringContaining('regions must be'),
      expect.stringContaining('two keys have the name "ci"'),
    ])
  })

  it('warns of limits that match nothing that is configured', async () => {
    await file.write([keyEntry('ci', 'x', { accounts: ['default', 'dev'], regions: ['ap-tokyo'] })])
    expect((await parse({ ...KEYS, ...PLACES, ...file.env })).warnings).toEqual([
      'TASK_GATEWAY_API_KEYS_FILE: key "ci": accounts has "dev", which is not configured',
      'TASK_GATEWAY_API_KEYS_FILE: key "ci": regions has "ap-tokyo", which is not configured',
    ])
  })

  it('that is wrong ends the process with 1 and shows no key', async () => {
    await file.write([{ ...keyEntry('ci', 'x'), sha256: 'canary' }])
    const gateway = new GatewayProcess({ NODE_ENV: 'production', ...KEYS, ...file.env })
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.stderr).toContain(`key "ci": sha256 ${SHA}`)
    expect(gateway.stdout + gateway.stderr).not.toContain('"canary"')
  })
})

describe('signed tokens', () => {
  it('need all three settings', async () => {
    expect(await problems({ ...KEYS, TASK_GATEWAY_AUTH: 'jwt' })).toEqual(
      ['JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'].map(
        (name) => `TASK_GATEWAY_${name} is missing: TASK_GATEWAY_AUTH=jwt needs it`,
      ),
    )
  })

  it.each([
    'https://issuer.example:8443/a/keys?v=1',
    'http://127.0.0.1:9/keys',
    'http://[::1]/k',
    'http://localhost/k',
  ])('may have their keys at %s', async (url) => {
    const { config } = await parse({ ...KEYS, ...JWT, TASK_GATEWAY_JWKS_URL: url })
    expect(config.auth).toMatchObject({ kind: 'jwt', jwksUrl: url })
  })

  it.each(['http://issuer.example/keys', 'file:///etc/keys', 'issuer.example/keys', 'ftp://x', 'data:,{}'])(
    'have not their keys at %s',
    async (url) => {
      expect(await problems({ ...KEYS, ...JWT, TASK_GATEWAY_JWKS_URL: url })).toEqual([
        `TASK_GATEWAY_JWKS_URL is "${url}": it must be an https URL; http is for loopback only`,
      ])
    },
  )

  it('have no password in the address of their keys, and it is not shown', async () => {
    const found = await problems({ ...KEYS, ...JWT, TASK_GATEWAY_JWKS_URL: 'https://me:canary@host/' })
    expect(found).toEqual([
      'TASK_GATEWAY_JWKS_URL (its value is not shown): it must have no user name or password in it',
    ])
  })
})

describe('the secret of the router', () => {
  it.each(['fifteen-letters', 'with a blank in it', 'geheimnis-für-router'])(
    'is not %j, and not shown',
    async (secret) => {
      expect(await problems({ ...KEYS, TASK_GATEWAY_ROUTER_SECRET: secret })).toEqual([
        expect.stringMatching(
          /^TASK_GATEWAY_ROUTER_SECRET \(its value is not shown\): it must be 16 to 1024/,
        ),
      ])
    },
  )

  it('is one of those that the log is kept free of', async () => {
    const { config } = await parse({ ...KEYS, TASK_GATEWAY_ROUTER_SECRET: 'a-secret-of-the-router' })
    expect(secretsOf(config)).toContain('a-secret-of-the-router')
  })
})
