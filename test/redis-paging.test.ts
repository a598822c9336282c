import { describeHttpHistories } from './support/paging/http-histories'
import { OPTIONS } from './support/paging/options'
import { describeWithRedis, startRedis, type TestRedis } from './support/redis'

describeWithRedis('a walk over HTTP, through two gateways by turns that share answers and quota', () => {
  let redis: TestRedis

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())

  // Every option has gateways of its own, which keep both cores busy.
  describeHttpHistories({ histories: 6, options: OPTIONS.slice(5, 7), redis: () => redis })
})
