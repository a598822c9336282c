import { secretsOf } from '../src/config'
import { KEYS, parse, problems } from './support/config'

describe('the address of Redis', () => {
  it.each(['redis://127.0.0.1', 'redis://:pass@redis:6379/0', 'rediss://user:pass@redis.internal'])(
    'may be %s',
    async (url) => {
      const { config } = await parse({ ...KEYS, REDIS_URL: url })
      expect(config.redis).toEqual({ url, maxReplicas: 4 })
    },
  )

  it.each([
    'canary',
    'http://:canary@redis',
    'redis://',
    'redis:///0',
    'redis://redis/canary',
    'redis://:canary%@redis',
    'redis://redis?canary=1',
  ])('is refused unseen where it is %s', async (url) => {
    const found = await problems({ ...KEYS, REDIS_URL: url })
    expect(found).toEqual([expect.stringMatching(/^REDIS_URL \(its value is not shown\): it must be redis/)])
    expect(found.join()).not.toContain('canary')
  })

  it('gives its password to the censor, as written and as meant', async () => {
    const { config } = await parse({ ...KEYS, REDIS_URL: 'redis://:pass%2Fword@redis' })
    expect(secretsOf(config)).toEqual(expect.arrayContaining(['pass%2Fword', 'pass/word']))
  })
})

describe('replicas with temporary credentials', () => {
  const TEMPORARY = { ...KEYS, TENCENTCLOUD_TOKEN: 'canary-token', REDIS_URL: 'redis://redis' }

  it('do not start without a secret for their cursors, since each would have one of its own', async () => {
    expect(await problems(TEMPORARY)).toEqual([
      expect.stringMatching(/^TASK_GATEWAY_CURSOR_SECRET is missing: with REDIS_URL/),
    ])
  })

  it('start with one', async () => {
    expect(await problems({ ...TEMPORARY, TASK_GATEWAY_CURSOR_SECRET: 'secret-of-all-of-us' })).toEqual([])
  })
})

it.each(['0', '101', 'many'])('%s is no number of replicas', async (value) => {
  const found = await problems({ ...KEYS, REDIS_URL: 'redis://redis', TASK_GATEWAY_MAX_REPLICAS: value })
  expect(found).toEqual([expect.stringMatching(/^TASK_GATEWAY_MAX_REPLICAS is .*from 1 to 100/)])
})

it('says that a number of replicas does nothing without Redis', async () => {
  const { warnings } = await parse({
    ...KEYS,
    TENCENTCLOUD_REGION: 'ap-tokyo',
    TASK_GATEWAY_MAX_REPLICAS: '3',
  })
  expect(warnings).toEqual(['TASK_GATEWAY_MAX_REPLICAS does nothing without REDIS_URL'])
})

describe('Sentinels', () => {
  it.each([
    ['127.0.0.1:26379', [{ host: '127.0.0.1', port: 26_379 }]],
    [
      'a:1, b.internal:65535',
      [
        { host: 'a', port: 1 },
        { host: 'b.internal', port: 65_535 },
      ],
    ],
    ['[::1]:26379', [{ host: '::1', port: 26_379 }]],
  ])('stand in place of an address: %s', async (REDIS_SENTINELS, sentinels) => {
    const { config } = await parse({ ...KEYS, REDIS_SENTINELS, REDIS_SENTINEL_NAME: 'tasks' })
    expect(config.redis).toEqual({ sentinels, name: 'tasks', maxReplicas: 4 })
  })

  it.each(['canary', 'canary:', 'canary:0', 'canary:65536', ':1', ',', 'redis://canary:1', 'a:1,canary'])(
    'are refused unseen where they are %s',
    async (REDIS_SENTINELS) => {
      const found = await problems({ ...KEYS, REDIS_SENTINELS, REDIS_SENTINEL_NAME: 'tasks' })
      expect(found).toEqual([
        expect.stringMatching(/^REDIS_SENTINELS \(its value is not shown\): it must be host:port/),
      ])
      expect(found.join()).not.toContain('canary')
    },
  )

  it.each([
    [{ REDIS_SENTINELS: 'a:1' }, /^REDIS_SENTINEL_NAME is missing: REDIS_SENTINELS needs it/],
    [{ REDIS_SENTINEL_NAME: 'tasks' }, /^REDIS_SENTINELS is missing: REDIS_SENTINEL_NAME needs it/],
    [
      { REDIS_SENTINELS: 'a:1', REDIS_SENTINEL_NAME: 'tasks', REDIS_URL: 'redis://redis' },
      /^REDIS_URL .* must not be set together with REDIS_SENTINELS/,
    ],
  ])('are refused in %j', async (settings, problem) => {
    expect(await problems({ ...KEYS, ...settings })).toEqual([expect.stringMatching(problem)])
  })
})
