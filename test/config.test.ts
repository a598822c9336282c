import { BlockList } from 'node:net'
import type { Variables } from '../src/config/environment'
import { KNOWN_NAMES } from '../src/config/names'
import { KEYS, parse, problems, SECRET_ID, SECRET_KEY } from './support/config'

describe('the configuration', () => {
  it('has the documented defaults with nothing but a credential', async () => {
    const { config, warnings } = await parse({ ...KEYS })
    expect(config).toEqual({
      production: true,
      http: {
        host: '127.0.0.1',
        loopback: true,
        port: 4000,
        adminPort: 9464,
        graphiql: false,
        introspection: false,
        drainMs: 5000,
        closeMs: 10_000,
        bodyLimitBytes: 262_144,
      },
      auth: { kind: 'none' },
      routerSecret: null,
      accounts: [
        {
          name: 'default',
          credential: { kind: 'fixed', credential: { secretId: SECRET_ID, secretKey: SECRET_KEY } },
          regions: { CDB: [null], POSTGRES: [] },
        },
      ],
      products: {
        CDB: { endpoint: 'https://cdb.tencentcloudapi.com', callsPerSecond: 50 },
        POSTGRES: { endpoint: 'https://postgres.tencentcloudapi.com', callsPerSecond: 20 },
      },
      upstream: { deadlineMs: 8000, attemptTimeoutMs: 2000, scanCalls: 20, cacheTtlMs: 1000 },
      limits: {
        maxCost: 200,
        maxObjects: 50_000,
        maxAnswerBytes: 5_000_000,
        callerRate: 0,
        maxInFlight: 2000,
        callerShare: 0.5,
        trustedProxies: expect.any(BlockList) as unknown,
        pressure: { eventLoopDelayMs: 1000, heapShare: 0.9 },
        corsOrigins: [],
        timeouts: { headersMs: 10_000, requestMs: 15_000 },
      },
      trustedDocuments: null,
      live: { connections: 1000, idsPerSubscription: 100, subscriptionsPerConnection: 100 },
      cursorSecrets: null,
      redis: null,
      orderToleranceSeconds: 0,
      logLevel: 'info',
      traces: null,
    })
    expect(warnings).toEqual([expect.stringMatching(/^no Postgres source: .*TASK_GATEWAY_POSTGRES_REGIONS/)])
  })

  it('takes every setting that is built', async () => {
    const { config } = await parse({
      ...KEYS,
      NODE_ENV: 'development',
      TENCENTCLOUD_TOKEN: 'token',
      TASK_GATEWAY_CDB_REGIONS: 'ap-guangzhou, ap-shanghai-fsi ,ap-guangzhou,',
      TENCENTCLOUD_REGION: 'ap-tokyo',
      TASK_GATEWAY_CDB_ENDPOINT: 'http://127.0.0.1:9300/',
      TASK_GATEWAY_POSTGRES_ENDPOINT: 'https://Postgres.Internal.Example',
      TASK_GATEWAY_CDB_RATE: '100',
      TASK_GATEWAY_POSTGRES_RATE: '1',
      HOST: '::1',
      PORT: '0',
      TASK_GATEWAY_ADMIN_PORT: '0',
      TASK_GATEWAY_AUTH: 'none',
      TASK_GATEWAY_ROUTER_SECRET: 'a-secret-of-the-router',
      TASK_GATEWAY_INTROSPECTION: 'false',
      TASK_GATEWAY_DEADLINE_MS: ' 500 ',
      TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '100',
      TASK_GATEWAY_SCAN_CALLS: '3',
      TASK_GATEWAY_DRAIN_MS: '0',
      TASK_GATEWAY_MAX_COST: '1',
      TASK_GATEWAY_MAX_OBJECTS: '100',
      TASK_GATEWAY_MAX_ANSWER_BYTES: '10000',
      TASK_GATEWAY_CALLER_RATE: '20',
      TASK_GATEWAY_MAX_IN_FLIGHT: '10',
      TASK_GATEWAY_CALLER_SHARE: '0.25',
      TASK_GATEWAY_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      TASK_GATEWAY_CORS_ORIGINS: 'https://console.example.com, http://localhost:3000',
      TASK_GATEWAY_CACHE_TTL_MS: '60000',
      TASK_GATEWAY_CURSOR_SECRET: 'new-secret-of-ours,old-secret-of-ours',
      REDIS_URL: 'rediss://user:pass%2Fword@redis.internal:6380/2',
      TASK_GATEWAY_MAX_REPLICAS: '100',
      TASK_GATEWAY_ORDER_TOLERANCE_SECONDS: '3600',
      LOG_LEVEL: 'trace',
    })
    expect(config).toMatchObject({
      production: false,
      http: {
        host: '::1',
        loopback: true,
        port: 0,
        adminPort: 0,
        graphiql: true,
        introspection: false,
        drainMs: 0,
      },
      auth: { kind: 'none' },
      routerSecret: 'a-secret-of-the-router',
      accounts: [
        {
          credential: { credential: { secretId: SECRET_ID, secretKey: SECRET_KEY, token: 'token' } },
          regions: { CDB: ['ap-guangzhou', 'ap-shanghai-fsi'], POSTGRES: ['ap-tokyo'] },
        },
      ],
      products: {
        CDB: { endpoint: 'http://127.0.0.1:9300', callsPerSecond: 100 },
        POSTGRES: { endpoint: 'https://postgres.internal.example', callsPerSecond: 1 },
      },
      upstream: { deadlineMs: 500, attemptTimeoutMs: 100, scanCalls: 3, cacheTtlMs: 60_000 },
      limits: {
        maxCost: 1,
        maxObjects: 100,
        maxAnswerBytes: 10_000,
        callerRate: 20,
        maxInFlight: 10,
        callerShare: 0.25,
        corsOrigins: ['https://console.example.com', 'http://localhost:3000'],
      },
      cursorSecrets: ['new-secret-of-ours', 'old-secret-of-ours'],
      redis: { url: 'rediss://user:pass%2Fword@redis.internal:6380/2', maxReplicas: 100 },
      orderToleranceSeconds: 3600,
      logLevel: 'trace',
    })
  })

  it('tells every problem in one message', async () => {
    expect(
      await problems({
        PORT: '1e3',
        HOST: '0.0.0.0',
        TASK_GATEWAY_GRAPHIQL: 'yes',
        TASK_GATEWAY_CDB_ENDPOINT: 'http://cdb.tencentcloudapi.com',
        TASK_GATEWAY_CDB_REGIONS: 'Guangzhou',
        TASK_GATEWAY_ROUTER_SECRET: 'canary',
        LOG_LEVEL: 'loud',
      }),
    ).toEqual([
      expect.stringMatching(/^HOST is "0.0.0.0": .*TASK_GATEWAY_ALLOW_ANONYMOUS=true/),
      expect.stringMatching(/^PORT is "1e3": it must be a whole number from 0 to 65535/),
      expect.stringMatching(/^TASK_GATEWAY_GRAPHIQL is "yes": it must be true or false/),
      expect.stringMatching(/^TASK_GATEWAY_CDB_REGIONS is "Guangzhou": it must be region codes/),
      expect.stringMatching(
        /^no credential: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY.*npm run demo/,
      ),
      expect.stringMatching(/^TASK_GATEWAY_ROUTER_SECRET \(its value is not shown\): it must be 16 to/),
      expect.stringMatching(/^TASK_GATEWAY_CDB_ENDPOINT is .*it must be https/),
      expect.stringMatching(/^LOG_LEVEL is "loud": it must be one of fatal, error/),
    ])
  })

  it('takes an empty value for one that is not set', async () => {
    const empty = Object.fromEntries(KNOWN_NAMES.map((name) => [name, name.length % 2 === 0 ? '' : ' ']))
    expect(await parse({ ...empty, ...KEYS })).toEqual(await parse({ ...KEYS }))
  })
})

describe('a number', () => {
  it.each(['1e3', '5.0', '-1', '+5', '0x10', '05', '5 0', '65536', '99999999999999999999', 'NaN', '٣'])(
    'is not %j',
    async (PORT) => {
      expect(await problems({ ...KEYS, PORT })).toEqual([expect.stringContaining(`PORT is "${PORT}"`)])
    },
  )

  it.each([
    ['TASK_GATEWAY_CDB_RATE', '0'],
    ['TASK_GATEWAY_POSTGRES_RATE', '10001'],
    ['TASK_GATEWAY_DEADLINE_MS', '99'],
    ['TASK_GATEWAY_ATTEMPT_TIMEOUT_MS', '49'],
    ['TASK_GATEWAY_SCAN_CALLS', '0'],
    ['TASK_GATEWAY_DRAIN_MS', '600001'],
    ['TASK_GATEWAY_ORDER_TOLERANCE_SECONDS', '3601'],
    ['TASK_GATEWAY_ADMIN_PORT', '65536'],
  ])('stays in its range: %s is not %s', async (name, value) => {
    expect(await problems({ ...KEYS, [name]: value })).toEqual([
      expect.stringContaining(`${name} is "${value}"`),
    ])
  })

  it('of the main port is not that of the admin port', async () => {
    expect(await problems({ ...KEYS, PORT: '9464' })).toEqual([
      'TASK_GATEWAY_ADMIN_PORT and PORT are both 9464: they must differ',
    ])
  })
})

describe('production', () => {
  it.each([
    [{}, true],
    [{ NODE_ENV: 'production' }, true],
    [{ NODE_ENV: 'development' }, false],
    [{ NODE_ENV: 'test' }, false],
  ])('given %j is %s, and closes introspection and GraphiQL', async (variables, production) => {
    const { config } = await parse({ ...KEYS, ...variables })
    expect(config).toMatchObject({ production, http: { graphiql: !production, introspection: !production } })
  })

  it.each(['prod', 'Production', 'PRODUCTION'])('is not misspelled as %j', async (NODE_ENV) => {
    expect(await problems({ ...KEYS, NODE_ENV })).toEqual([expect.stringContaining('production is spelled')])
  })
})

describe('the host', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
    '%s is loopback and needs no permission',
    async (HOST) => {
      expect((await parse({ ...KEYS, HOST })).config.http).toMatchObject({ host: HOST, loopback: true })
    },
  )

  it.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'gateway.internal', 'localhost.example', '127.1'])(
    '%s is open to others and must be asked for',
    async (HOST) => {
      expect(await problems({ ...KEYS, HOST })).toEqual([
        expect.stringContaining('TASK_GATEWAY_ALLOW_ANONYMOUS=true'),
      ])
      const allowed = { ...KEYS, HOST, TASK_GATEWAY_ALLOW_ANONYMOUS: 'true' }
      expect((await parse(allowed)).config.http).toMatchObject({ host: HOST, loopback: false })
    },
  )

  it.each(['[::1]', '127.0.0.1:80', 'http://localhost', 'a b', '-x'])('%j is none', async (HOST) => {
    expect(await problems({ ...KEYS, HOST })).toEqual([
      expect.stringContaining('it must be a host name or an address'),
    ])
  })
})

describe('cursor secrets', () => {
  it.each(['fifteen-letters', 'sixteen-letters!,short', ','])(
    'that are short are refused unseen: %j',
    async (value) => {
      const found = await problems({ ...KEYS, TASK_GATEWAY_CURSOR_SECRET: value })
      expect(found).toEqual([expect.stringMatching(/^TASK_GATEWAY_CURSOR_SECRET \(its value is not shown\)/)])
      expect(found.join()).not.toContain('letters')
    },
  )
})

describe('an unknown name', () => {
  const QUIET: Variables = { ...KEYS, TENCENTCLOUD_REGION: 'ap-tokyo' }

  it.each([
    ['TASK_GATEWAY_CBD_REGIONS', 'TASK_GATEWAY_CDB_REGIONS'],
    ['TASK_GATEWAY_DEADLINE', 'TASK_GATEWAY_DEADLINE_MS'],
    ['TASK_GATEWAY_PORT', 'PORT'],
    ['TASK_GATEWAY_LOG_LEVEL', 'LOG_LEVEL'],
    ['TASK_GATEWAY_HOSTS', 'HOST'],
    ['TASK_GATEWAY_LIVE_FOO', 'TASK_GATEWAY_LIVE_CONNECTIONS'],
    ['TASK_GATEWAY_JWT_AUD', 'TASK_GATEWAY_JWT_AUDIENCE'],
    ['TASK_GATEWAY_CDB_REGION', 'TASK_GATEWAY_CDB_REGIONS'],
    ['TASK_GATEWAY_REDIS', 'REDIS_URL'],
  ])('%s is a warning that names %s', async (name, known) => {
    const { warnings } = await parse({ ...QUIET, [name]: '1-canary' })
    expect(warnings).toEqual([`${name} is no setting; the nearest one is ${known}`])
  })

  it.each(['TENCENTCLOUD_SECRET_KEY_STAGE', 'TASK_GATEWAY_CDB_REGIONS_STAGE'])(
    '%s of an account that is not listed is a warning',
    async (name) => {
      expect((await parse({ ...QUIET, [name]: 'x' })).warnings).toEqual([
        `${name} is not used: TASK_GATEWAY_ACCOUNTS names no such account`,
      ])
    },
  )

  it('that Kubernetes made, or that is somebody else’s, is ignored', async () => {
    const made: Variables = {
      TASK_GATEWAY_PORT: 'tcp://10.0.0.1:4000',
      TASK_GATEWAY_SERVICE_HOST: '10.0.0.1',
      TASK_GATEWAY_SERVICE_PORT: '4000',
      TASK_GATEWAY_SERVICE_PORT_HTTP: '4000',
      TASK_GATEWAY_PORT_4000_TCP: 'tcp://10.0.0.1:4000',
      TASK_GATEWAY_PORT_4000_TCP_PROTO: 'tcp',
      TASK_GATEWAY_PORT_4000_TCP_PORT: '4000',
      TASK_GATEWAY_PORT_4000_TCP_ADDR: '10.0.0.1',
      TASK_GATEWAY_CANARY_PORT: 'udp://10.0.0.2:53',
      TENCENTCLOUD_RUNENV: 'SCF',
      PATH: '/bin',
    }
    expect((await parse({ ...QUIET, ...made })).warnings).toEqual([])
  })

  it('is not what a service called task-gateway-admin makes of the admin port', async () => {
    const { config, warnings } = await parse({ ...QUIET, TASK_GATEWAY_ADMIN_PORT: 'tcp://10.0.0.1:9464' })
    expect(config.http.adminPort).toBe(9464)
    expect(warnings).toEqual([expect.stringContaining('Kubernetes made it')])
  })

  it('is not an excuse for PORT, which no service can make', async () => {
    expect(await problems({ ...QUIET, PORT: 'tcp://10.0.0.1:80' })).toEqual([
      expect.stringContaining('PORT is "tcp://'),
    ])
  })
})
