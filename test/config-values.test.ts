import { KEYS, parse, problems } from './support/config'

describe('the share of a caller', () => {
  it.each(['0', '1.1', '-1', '.5', '50%', '0.0'])('is not %s', async (value) => {
    expect(await problems({ ...KEYS, TASK_GATEWAY_CALLER_SHARE: value })).toEqual([
      expect.stringContaining(`TASK_GATEWAY_CALLER_SHARE is "${value}"`),
    ])
  })
})

describe('the size of a response', () => {
  it.each([
    ...['99', '10000001', '0', '-1', '1e5', 'many', '50,000'].map((value) => [
      'TASK_GATEWAY_MAX_OBJECTS',
      value,
    ]),
    ...['9999', '1000000001', '0', '5MB', '1.5'].map((value) => ['TASK_GATEWAY_MAX_ANSWER_BYTES', value]),
  ])('is not limited by %s=%s', async (name = '', value = '') => {
    expect(await problems({ ...KEYS, [name]: value })).toEqual([
      expect.stringMatching(
        new RegExp(`^${name} is "${value}": it must be a whole number from \\d+ to \\d+, in digits$`),
      ),
    ])
  })
})

describe('a trusted proxy', () => {
  it.each(['10.0.0.0/33', '10.0.0', 'proxy.example', '::/129', '10.0.0.1/', '10.0.0.0/8,x'])(
    'is not %s',
    async (value) => {
      expect(await problems({ ...KEYS, TASK_GATEWAY_TRUSTED_PROXIES: value })).toEqual([
        expect.stringContaining('each entry must be an address or a CIDR range'),
      ])
    },
  )
})

describe('a value of the example that nobody replaced', () => {
  it.each([
    'TENCENTCLOUD_SECRET_ID',
    'TENCENTCLOUD_SECRET_KEY',
    'TASK_GATEWAY_CURSOR_SECRET',
    'TASK_GATEWAY_ROUTER_SECRET',
  ])('is refused as %s, by its name', async (name) => {
    expect(await problems({ ...KEYS, [name]: 'Replace-me-with-a-long-random-text' })).toEqual([
      `${name} (its value is not shown): it is still the placeholder of an example`,
    ])
  })
})

describe('an endpoint', () => {
  it.each(['http://localhost:9300', 'http://[::1]:9300', 'http://127.0.0.1', 'https://10.0.0.1:8443'])(
    'may be %s',
    async (endpoint) => {
      const { config } = await parse({ ...KEYS, TASK_GATEWAY_CDB_ENDPOINT: endpoint })
      expect(config.products['CDB']?.endpoint).toBe(endpoint)
    },
  )

  it.each([
    'cdb.tencentcloudapi.com',
    'ftp://host',
    'https://host/path',
    'https://host?q=1',
    'https://host/#x',
    'https://',
  ])('is not %s', async (endpoint) => {
    expect(await problems({ ...KEYS, TASK_GATEWAY_POSTGRES_ENDPOINT: endpoint })).toEqual([
      expect.stringContaining(`TASK_GATEWAY_POSTGRES_ENDPOINT is "${endpoint}"`),
    ])
  })

  it('is not shown where it holds a password', async () => {
    const [problem] = await problems({ ...KEYS, TASK_GATEWAY_CDB_ENDPOINT: 'https://me:hunter2@host' })
    expect(problem).toMatch(/TASK_GATEWAY_CDB_ENDPOINT .*no user name/)
    expect(problem).not.toContain('hunter2')
  })
})
