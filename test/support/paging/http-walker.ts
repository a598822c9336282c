import { startEmulator } from '../../../src/emulator/start'
import { createEmptyWorld } from '../../../src/emulator/world/create-world'
import { startGateway } from '../gateway'
import { record } from '../emulator'
import type { TestRedis } from '../redis'
import type { Place } from './direct-gateway'
import { drawHistory, type History } from './draw-history'
import { BEGIN_SECOND } from './draw-world'
import { askOverHttp } from './http-gateway'
import type { UpstreamOption } from './options'
import type { AskPage } from './paging-port'
import { createRedisClock } from './redis-clock'
import { walk, type WalkedHistory } from './walk-history'

/** Walks histories through gateways that keep answers, one history after the other. */
export interface HttpWalker {
  walk(seed: number, question?: Partial<Pick<History, 'order' | 'backward'>>): Promise<WalkedHistory>
  /** Answers that were served again. */
  readonly cacheHits: number
  close(): Promise<void>
}

const CACHE_TTL_MS = 1000
const REGIONS = 'ap-guangzhou,ap-shanghai,eu-frankfurt'
/** From one history to the next, so that nothing is left of an answer or a breaker. */
const PAUSE_MS = 3_600_000

/** @param redis where two gateways share answers and quota, each of which serves every second page; else one serves all */
export async function openHttpWalker(option: UpstreamOption, redis?: TestRedis): Promise<HttpWalker> {
  let nowMs = BEGIN_SECOND * 1000
  let cacheHits = 0
  let turn = 0
  const now = () => nowMs
  const world = createEmptyWorld({ assumptions: option.assumptions })
  const emulator = await startEmulator({ world, now, quotas: 'off' })
  const { faults } = emulator
  const env = {
    TASK_GATEWAY_CDB_REGIONS: REGIONS,
    TASK_GATEWAY_POSTGRES_REGIONS: REGIONS,
    TASK_GATEWAY_CACHE_TTL_MS: String(CACHE_TTL_MS),
    TASK_GATEWAY_ORDER_TOLERANCE_SECONDS: String(option.toleranceSeconds),
    TASK_GATEWAY_GRAPHIQL: 'false',
    ...(redis && { REDIS_URL: redis.url, TASK_GATEWAY_CURSOR_SECRET: `a secret of both: ${option.name}` }),
  }
  const start = () => startGateway({ now, inFrontOf: emulator, env })
  const gateways = await Promise.all(redis === undefined ? [start()] : [start(), start()])
  const asks = gateways.map((gateway) =>
    askOverHttp({
      async query(...question) {
        const answer = await gateway.query(...question)
        cacheHits += Number(record(answer.body.extensions?.upstream)['cacheHits'])
        return answer
      },
    }),
  )
  const letTimePass = redis === undefined ? null : createRedisClock(redis.client, now)
  const ask: AskPage = async (question, places) => {
    await letTimePass?.()
    const next = asks[turn++ % asks.length]
    if (next === undefined) throw new Error('there is no gateway')
    return next(question, places)
  }
  const fail = (place: Place, calls: number | null): void => {
    if (place.service === 'cdb' && place.region === 'ap-guangzhou') faults.clear()
    if (calls !== null)
      faults.add({ ...place, after: calls, fault: { kind: 'apiError', code: 'FailedOperation.Down' } })
  }
  return {
    async walk(seed, question) {
      const beginSecond = Math.floor((nowMs + PAUSE_MS) / 1000)
      // Redis's own clock goes on while ours stands still.
      const scene = { world, beginSecond, ttlMs: CACHE_TTL_MS, roughAges: redis !== undefined }
      const drawn = drawHistory(seed, option, scene)
      nowMs = drawn.clock.nowMs
      const clock = {
        get nowMs() {
          return nowMs
        },
        set nowMs(ms: number) {
          nowMs = ms
        },
      }
      // Nothing moves between two calls of a page here.
      const motion = drawn.motion === 'within' ? 'wild' : drawn.motion
      const walked = await walk({ ...drawn, ...question, motion, clock }, ask, fail)
      faults.clear()
      for (const row of drawn.model.all()) drawn.model.remove(row)
      return walked
    },
    get cacheHits() {
      return cacheHits
    },
    async close() {
      await Promise.all(gateways.map((gateway) => gateway.close()))
      await emulator.close()
    },
  }
}
