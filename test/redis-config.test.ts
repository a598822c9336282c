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
