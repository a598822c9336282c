import { type Config, secretsOf } from '../src/config'
import type { Credential, ReadCredential, ReadRole, RoleLookup } from '../src/config/credential'
import type { Variables } from '../src/config/environment'
import { files, KEYS, parse, problems, SECRET_ID, SECRET_KEY } from './support/config'

describe('several accounts', () => {
  const TWO: Variables = {
    TASK_GATEWAY_ACCOUNTS: 'prod, dev-eu',
    TENCENTCLOUD_SECRET_ID_PROD: 'id-of-prod',
    TENCENTCLOUD_SECRET_KEY_PROD: 'key-of-prod',
    TENCENTCLOUD_SECRET_ID_DEV_EU: 'id-of-dev',
    TENCENTCLOUD_SECRET_KEY_DEV_EU: 'key-of-dev',
    TENCENTCLOUD_SESSION_TOKEN_DEV_EU: 'token-of-dev',
  }

  it('have each their own credential, and the plain regions where they have none of their own', async () => {
    const { config, warnings } = await parse({
      ...TWO,
      TASK_GATEWAY_CDB_REGIONS: 'ap-tokyo',
      TENCENTCLOUD_REGION: 'ap-seoul',
      TASK_GATEWAY_CDB_REGIONS_PROD: 'ap-beijing',
      TENCENTCLOUD_REGION_DEV_EU: 'eu-frankfurt',
    })
    expect(config.accounts).toEqual([
      {
        name: 'prod',
        credential: { kind: 'fixed', credential: { secretId: 'id-of-prod', secretKey: 'key-of-prod' } },
        regions: { CDB: ['ap-beijing'], POSTGRES: ['ap-seoul'] },
      },
      {
        name: 'dev-eu',
        credential: {
          kind: 'fixed',
          credential: { secretId: 'id-of-dev', secretKey: 'key-of-dev', token: 'token-of-dev' },
        },
        regions: { CDB: ['eu-frankfurt'], POSTGRES: ['eu-frankfurt'] },
      },
    ])
    expect(warnings).toEqual([])
  })

  it.each([
    ['Prod', '"Prod" must match'],
    ['1st', '"1st" must match'],
    [`a${'b'.repeat(32)}`, 'must match'],
    ['prod,prod', '"prod" has the same variables'],
    ['a-b,a_b', '"a_b" has the same variables'],
    [',', 'it names no account'],
  ])('are not named %j', async (names, rule) => {
    const read = files(() => ({ secretId: 'id', secretKey: 'key' }))
    const found = await problems({ TASK_GATEWAY_ACCOUNTS: names }, read)
    expect(found).toEqual([expect.stringContaining(rule)])
  })

  it('are looked up in the files by their names', async () => {
    const read = files((profile) => ({ secretId: `id-of-${profile}-file`, secretKey: 'key' }))
    const { config } = await parse({ ...TWO, TASK_GATEWAY_ACCOUNTS: 'prod,other' }, read)
    expect(config.accounts.map(({ credential }) => credential.credential.secretId)).toEqual([
      'id-of-prod',
      'id-of-other-file',
    ])
  })

  it('are told by name which of them has no credential', async () => {
    expect(await problems({ ...TWO, TASK_GATEWAY_ACCOUNTS: 'prod,other' })).toEqual([
      expect.stringMatching(
        /account "other": set TENCENTCLOUD_SECRET_ID_OTHER and TENCENTCLOUD_SECRET_KEY_OTHER/,
      ),
    ])
  })

  it('leave a plain credential unused, with a warning', async () => {
    expect((await parse({ ...TWO, ...KEYS, TENCENTCLOUD_REGION: 'ap-tokyo' })).warnings).toEqual([
      expect.stringContaining('TENCENTCLOUD_SECRET_ID is not used'),
      expect.stringContaining('TENCENTCLOUD_SECRET_KEY is not used'),
    ])
  })
})

describe('a credential', () => {
  it.each([
    [{ TENCENTCLOUD_SECRET_ID: SECRET_ID }, /^TENCENTCLOUD_SECRET_KEY is missing/],
    [{ TENCENTCLOUD_SECRET_KEY: SECRET_KEY }, /^TENCENTCLOUD_SECRET_ID is missing/],
    [{ ...KEYS, TENCENTCLOUD_SECRET_KEY: 'canary key' }, /^TENCENTCLOUD_SECRET_KEY .*printable ASCII/],
    [
      { ...KEYS, TENCENTCLOUD_TOKEN: 'canary-1', TENCENTCLOUD_SECURITY_TOKEN: 'canary-2' },
      /^TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN differ/,
    ],
  ])(
    'that is half or contradicts itself is a problem, told without its value (%#)',
    async (variables, message) => {
      const found = await problems(variables)
      expect(found).toEqual([expect.stringMatching(message)])
      expect(found.join()).not.toContain('canary')
    },
  )

  it('may end in the line feed of a mounted file, and give its token under two names', async () => {
    const { config } = await parse({
      TENCENTCLOUD_SECRET_ID: `${SECRET_ID}\n`,
      TENCENTCLOUD_SECRET_KEY: `${SECRET_KEY}\r\n`,
      TENCENTCLOUD_TOKEN: 'same',
      TENCENTCLOUD_SESSION_TOKEN: 'same',
    })
    expect(firstCredential(config)).toEqual({ secretId: SECRET_ID, secretKey: SECRET_KEY, token: 'same' })
  })

  it('comes from the files where the environment has none, under the profile "default"', async () => {
    const read = files((profile) => ({ secretId: `id-of-${profile}`, secretKey: 'key' }))
    expect(firstCredential((await parse({}, read)).config)).toEqual({
      secretId: 'id-of-default',
      secretKey: 'key',
    })
  })

  it('of a file is known by its place, so that it can be read again', async () => {
    const credential = { secretId: 'id', secretKey: 'key' }
    const { config } = await parse(
      {},
      files(() => credential),
    )
    expect(config.accounts[0]?.credential).toEqual({
      kind: 'file',
      credential,
      path: '/credentials',
      profile: 'default',
    })
  })

  it('of a broken file is one problem among the others', async () => {
    const problem = 'credentials: secret_key in [default] is missing'
    const read: ReadCredential = () => Promise.resolve({ kind: 'broken', problem })
    expect(await problems({ PORT: 'x' }, read)).toEqual([expect.stringContaining('PORT'), problem])
  })

  it('is among the secrets with its token, its id and the cursor secrets', async () => {
    const { config } = await parse({
      ...KEYS,
      TENCENTCLOUD_TOKEN: 'token',
      TASK_GATEWAY_CURSOR_SECRET: 'sixteen-letters!',
    })
    expect(secretsOf(config)).toEqual([SECRET_ID, SECRET_KEY, 'token', 'sixteen-letters!'])
  })
})

describe('the role of the machine', () => {
  const credential = { secretId: 'role-id', secretKey: 'role-key', token: 'role-token', expiresMs: 1 }

  /** A metadata service that has this, and how often it was asked where. */
  function service(answer: RoleLookup): { read: ReadRole; asked: string[] } {
    const asked: string[] = []
    return {
      asked,
      read: (endpoint) => {
        asked.push(endpoint)
        return Promise.resolve(answer)
      },
    }
  }

  it('is taken where neither environment nor files have a key, and is secret', async () => {
    const { read, asked } = service({ kind: 'found', credential })
    const { config } = await parse({}, undefined, read)
    const endpoint = 'http://metadata.tencentyun.com'
    expect(config.accounts[0]?.credential).toEqual({ kind: 'role', credential, endpoint })
    expect(secretsOf(config)).toEqual(['role-id', 'role-key', 'role-token'])
    expect(asked).toEqual([endpoint])
  })

  it.each([
    ['the environment has a key', KEYS, undefined],
    ['the files have a key', {}, files(() => ({ secretId: 'id', secretKey: 'key' }))],
    [
      'a file is broken',
      {},
      (): ReturnType<ReadCredential> => Promise.resolve({ kind: 'broken', problem: 'broken' }),
    ],
    ['half of a key is there', { TENCENTCLOUD_SECRET_ID: SECRET_ID }, undefined],
  ] as const)('is not asked for where %s', async (_where, variables, read) => {
    const role = service({ kind: 'found', credential })
    await problems(variables, read, role.read)
    expect(role.asked).toEqual([])
  })

  it('is asked for at the configured address, which may be plain http', async () => {
    const { read, asked } = service({ kind: 'found', credential })
    await parse({ TASK_GATEWAY_METADATA_ENDPOINT: 'http://10.0.0.1:8080/' }, undefined, read)
    expect(asked).toEqual(['http://10.0.0.1:8080'])
  })

  it('is missed with its reason beside the other places', async () => {
    const { read } = service({ kind: 'absent', reason: 'nobody answers' })
    expect(await problems({}, undefined, read)).toEqual([
      expect.stringMatching(/^no credential: set .*npm run demo.*role of this machine: nobody answers$/),
    ])
  })

  it('is not that of two accounts, and is asked for once', async () => {
    const { read, asked } = service({ kind: 'found', credential })
    expect(await problems({ TASK_GATEWAY_ACCOUNTS: 'a,b' }, undefined, read)).toEqual([
      expect.stringMatching(/accounts "a" and "b": only one can be the machine's own role/),
    ])
    expect(asked).toHaveLength(1)
  })

  it.each(['metadata', 'ftp://host', 'http://host/latest', 'http://me:secret@host'])(
    'is not asked for at %s',
    async (endpoint) => {
      expect(await problems({ ...KEYS, TASK_GATEWAY_METADATA_ENDPOINT: endpoint })).toEqual([
        expect.stringContaining('TASK_GATEWAY_METADATA_ENDPOINT'),
      ])
    },
  )
})

describe('a region', () => {
  it.each(['AP-GUANGZHOU', 'guangzhou', 'ap_guangzhou', 'ap-', `ap-${'x'.repeat(32)}`, 'ap-x\u0000', ','])(
    'is not %j',
    async (value) => {
      expect(await problems({ ...KEYS, TASK_GATEWAY_POSTGRES_REGIONS: value })).toEqual([
        expect.stringMatching(/^TASK_GATEWAY_POSTGRES_REGIONS is .*region codes/),
      ])
    },
  )
})

function firstCredential(config: Config): Credential | undefined {
  return config.accounts[0]?.credential.credential
}
