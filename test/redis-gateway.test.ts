import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator, type Emulator } from '../src/emulator/start'
import { listAt } from './support/answer'
import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { describeWithRedis, startRedis, type TestRedis } from './support/redis'
import { documentedWorld } from './support/worlds'

const LIST = '{ tasks(first: 10) { nodes { id } } }'

/** Another question to the upstream for each number. */
function anotherList(number: number): string {
  const from = new Date(number * 1000).toISOString()
  return `{ tasks(first: 10, filter: { startedAt: { from: "${from}" } }) { nodes { id } } }`
}

describeWithRedis('gateways on one Redis', () => {
  let redis: TestRedis
  let emulator: Emulator
  let gateways: TestGateway[] = []

  beforeAll(async () => {
    redis = await startRedis()
  })
  beforeEach(async () => {
    emulator = await startEmulator({ world: documentedWorld(), latencyMs: 10 })
  })
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.close()))
    await emulator.close()
    await redis.restart()
  })
  afterAll(() => redis.close())

  async function start(count: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = {
      REDIS_URL: redis.url,
      TASK_GATEWAY_CDB_RATE: '50',
      TASK_GATEWAY_POSTGRES_RATE: '20',
      TASK_GATEWAY_MAX_REPLICAS: '3',
      ...env,
    }
    gateways = await Promise.all(
      Array.from({ length: count }, () => startGateway({ inFrontOf: emulator, env: all })),
    )
  }

  /** One list after the other from each gateway, each another one, until told to stop. */
  function keepAsking(): () => Promise<readonly GraphAnswer[]> {
    const answers: GraphAnswer[] = []
    let stopped = false
    let asked = 0
    const client = async (gateway: TestGateway): Promise<void> => {
      while (!stopped) {
        answers.push((await gateway.query(anotherList(asked++))).body)
        await sleep(100)
      }
    }
    const clients = gateways.map(client)
    return async () => {
      stopped = true
      await Promise.all(clients)
      return answers
    }
  }

  const said = (message: RegExp): number[] =>
    gateways.map(({ lines }) => lines.filter((line) => message.test(line)).length)

  async function until(isSo: () => boolean): Promise<void> {
    for (let look = 0; look < 500 && !isSo(); look++) await sleep(10)
    expect(isSo()).toBe(true)
  }

  it('serve from the cache what another one has asked', async () => {
    await start(2, { TASK_GATEWAY_CACHE_TTL_MS: '5000' })
    const first = await gateways[0]?.query(LIST)
    await sleep(50)
    const second = await gateways[1]?.query(LIST)
    expect(listAt(second?.body, 'data', 'tasks', 'nodes')).not.toHaveLength(0)
    expect(second?.body.data).toEqual(first?.body.data)
    expect(second?.body.extensions?.upstream).toMatchObject({ calls: 0, cacheHits: 2 })
    expect(emulator.log.count()).toBe(2)
  })

  it('tell how they stand to each other, what they found there, and how often Redis failed', async () => {
    await start(2, { TASK_GATEWAY_CACHE_TTL_MS: '5000' })
    const tells = async (index: number, lines: readonly RegExp[]): Promise<void> => {
      let text = ''
      for (let look = 0; look < 500 && !lines.every((line) => line.test(text)); look++) {
        await sleep(10)
        text = (await gateways[index]?.metrics()) ?? ''
      }
      for (const line of lines) expect(text).toMatch(line)
    }
    for (const gateway of gateways) await gateway.query(LIST)
    await tells(0, [
      /^task_gateway_replica_standing\{store="redis"\} 0$/m,
      /^task_gateway_replicas\{store="redis"\} 2$/m,
      /^task_gateway_redis_answers_total\{result="missing"\} 2$/m,
      /^task_gateway_redis_answers_total\{result="written"\} 2$/m,
    ])
    await tells(1, [/^task_gateway_redis_answers_total\{result="found"\} 2$/m])
    await redis.kill()
    await tells(0, [
      /^task_gateway_replica_standing\{store="redis"\} 2$/m,
      /^task_gateway_redis_failures_total [1-9]/m,
    ])
  })

  it('ask the upstream once when all of them are asked the same at the same moment', async () => {
    await start(3, { TASK_GATEWAY_CACHE_TTL_MS: '5000' })
    /** How many lists Redis was asked for, and has answered. */
    const lookedUp = async (): Promise<number> => {
      const texts = await Promise.all(gateways.map((gateway) => gateway.metrics()))
      const counts = texts.flatMap((text) => [
        ...text.matchAll(/^task_gateway_redis_answers_total\{result="(?:found|missing)"\} (\d+)$/gm),
      ])
      return counts.reduce((sum, [, count]) => sum + Number(count), 0)
    }
    // Nobody waits for a Redis or for another replica that a busy machine holds up: such a round says nothing.
    for (let round = 1; round <= 50; round++) {
      const [looksBefore, callsBefore, fromMs] = [await lookedUp(), emulator.log.count(), performance.now()]
      const answers = await Promise.all(gateways.map((gateway) => gateway.query(anotherList(round))))
      const tookMs = performance.now() - fromMs
      for (const { body } of answers) expect(body.errors).toBeUndefined()
      if (tookMs >= 250 || (await lookedUp()) - looksBefore < 6) continue
      expect(emulator.log.count() - callsBefore).toBe(2)
      return
    }
    throw new Error('the machine was too busy in every round')
  })

  it('answer everything, within the quota, while Redis is killed and started again', async () => {
    await start(3)
    const stop = keepAsking()
    await sleep(500)
    await redis.kill()
    await until(() => said(/keeps to its share/).every((times) => times === 1))
    await sleep(500)
    await redis.restart()
    await until(() => said(/quota is shared/).every((times) => times === 2))
    await sleep(500)
    const answers = await stop()
    expect(answers.length).toBeGreaterThan(20)
    expect(answers.flatMap(({ errors = [] }) => errors)).toEqual([])
    expect(emulator.log.count({ outcome: 'RequestLimitExceeded' })).toBe(0)
  })

  it('answer everything while Redis stands still', async () => {
    await start(2)
    const stop = keepAsking()
    await sleep(300)
    redis.pause()
    await sleep(2500)
    redis.resume()
    const answers = await stop()
    expect(answers.flatMap(({ errors = [] }) => errors)).toEqual([])
    expect(emulator.log.count({ outcome: 'RequestLimitExceeded' })).toBe(0)
  })

  it('start and answer where Redis cannot be reached, and never log its password', async () => {
    await redis.kill()
    await start(1, { REDIS_URL: redis.url.replace('//', '//:canary-password@') })
    const answer = await gateways[0]?.query(LIST)
    expect(answer?.body.errors).toBeUndefined()
    const lines = gateways[0]?.lines.join('') ?? ''
    expect(lines).toMatch(/there is no connection to Redis/)
    expect(lines).not.toContain('canary-password')
  })
})

it('a gateway without Redis does not even load its client', () => {
  const loaded = `
    require(${JSON.stringify(join(__dirname, '..', 'dist', 'app.js'))})
    console.log(Object.keys(require.cache).filter((path) => path.includes('ioredis')).length)
  `
  expect(execFileSync(process.execPath, ['-e', loaded]).toString().trim()).toBe('0')
})
