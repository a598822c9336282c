import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createApp } from '../src/app'
import { parseConfig } from '../src/config'
import { DEMO_CREDENTIAL } from '../src/emulator/server/credential'
import { startEmulator } from '../src/emulator/start'
import { createCensor, createLog } from '../src/telemetry/log'
import { createMetrics } from '../src/telemetry/metrics'
import { ask } from '../test/support/gateway'
import { startRedis, type TestRedis } from '../test/support/redis'
import { rowsFrom, worldOf } from '../test/support/worlds'

/**
 * Three replicas on one Redis, each in a process of its own and wanting far more than the quota; first with Redis
 * there all the time, then with Redis killed and started again.
 */

const QUOTAS = { cdb: 50, postgres: 20 } as const
const SERVICES = ['cdb', 'postgres'] as const
type Service = (typeof SERVICES)[number]

const REPLICAS = 3
const FIELDS = { cdb: 'cdbTasks', postgres: 'postgresTasks' } as const
/** Requests that one replica has open at any time: more than twice what its share answers in a second. */
const OPEN = { cdb: 40, postgres: 16 } as const
const LATENCY_MS = 30
/** Until the code is compiled that every request runs. */
const WARM_UP_MS = 10_000
const FIRST_SECOND = Date.UTC(2026, 0, 1) / 1000

interface Figures {
  readonly mostPerSecond: number
  readonly calls: number
}

async function main(seconds: number): Promise<boolean> {
  const steady = await run(seconds, async () => {
    await sleep(seconds * 1000)
  })
  const shaken = await run(seconds, async (redis) => {
    await sleep(seconds * 300)
    await redis.kill()
    await sleep(seconds * 300)
    await redis.restart()
    await sleep(seconds * 400)
  })
  return [
    ...SERVICES.map((service) => print('Redis there', service, steady[service], seconds, 0.9)),
    ...SERVICES.map((service) => print('Redis killed', service, shaken[service], seconds, 0.7)),
  ].every(Boolean)
}

function print(run: string, service: Service, figures: Figures, seconds: number, least: number): boolean {
  const { mostPerSecond, calls } = figures
  const used = calls / (QUOTAS[service] * seconds)
  const isGood = mostPerSecond <= QUOTAS[service] && used >= least
  console.log(
    `${run.padEnd(12)} ${service.padEnd(8)} most in any second ${mostPerSecond} of ${QUOTAS[service]}, ` +
      `used ${(used * 100).toFixed(1)} % over ${seconds} s (at least ${least * 100} %)  ${isGood ? 'ok' : 'NOT OK'}`,
  )
  return isGood
}

/** What the upstream saw of three replicas under load, while Redis fares as `during` has it. */
async function run(
  seconds: number,
  during: (redis: TestRedis) => Promise<void>,
): Promise<Readonly<Record<Service, Figures>>> {
  const redis = await startRedis()
  const emulator = start('emulator', {})
  const [{ url }] = (await once(emulator, 'message')) as [{ url: string }]
  const replicas = Array.from({ length: REPLICAS }, () => start('replica', { url, redis: redis.url }))
  await sleep(WARM_UP_MS)
  emulator.send('begin')
  await during(redis)
  emulator.send('end')
  const [figures] = (await once(emulator, 'message')) as [Record<Service, Figures>]
  for (const replica of replicas) replica.send('end')
  const ended = await Promise.all(replicas.map((replica) => once(replica, 'message')))
  console.log(
    `answers in ${seconds} s, by replica:`,
    ended.map(([outcome]) => JSON.stringify(outcome)).join(' '),
  )
  emulator.kill()
  await redis.close()
  return figures
}

function start(role: string, facts: object): ChildProcess {
  return fork(__filename, ['--role', role, '--facts', JSON.stringify(facts)])
}

/** The upstream: the documents' quotas, and only that much work for each call. */
async function beEmulator(): Promise<void> {
  const world = worldOf({
    cdb: { 'ap-guangzhou': rowsFrom('cdb', 5, FIRST_SECOND) },
    postgres: { 'ap-guangzhou': rowsFrom('postgres', 5, FIRST_SECOND) },
  })
  const emulator = await startEmulator({ world, quotas: 'off', latencyMs: LATENCY_MS })
  process.on('message', (word) => {
    if (word === 'begin') emulator.log.clear()
    if (word === 'end') process.send?.({ cdb: figures('cdb'), postgres: figures('postgres') })
  })
  const figures = (service: Service): Figures => ({
    mostPerSecond: emulator.log.maxPerSecond({ service }),
    calls: emulator.log.count({ service }),
  })
  process.send?.({ url: emulator.url })
}

/** A gateway whose clients all have a question that nobody has asked before. */
async function beReplica({ url, redis }: { readonly url: string; readonly redis: string }): Promise<void> {
  const gateway = await serve(url, redis)
  const outcomes: Record<string, number> = {}
  let ended = false
  let asked = 0
  const client = async (service: Service): Promise<void> => {
    while (!ended) {
      const second = (process.pid % 1000) * 1_000_000 + asked++
      const from = new Date(second * 1000).toISOString()
      const { body } = await ask(
        gateway,
        `{ ${FIELDS[service]}(first: 1, filter: { startedAt: { from: "${from}" } }) { nodes { id } } }`,
      )
      const outcome = textOf(body.errors?.[0]?.extensions['code'])
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  }
  process.on('message', () => {
    ended = true
    process.send?.(outcomes, () => process.exit(0))
  })
  await Promise.all(
    SERVICES.flatMap((service) => Array.from({ length: OPEN[service] }, () => client(service))),
  )
}

function textOf(code: unknown): string {
  return typeof code === 'string' ? code : 'ok'
}

async function serve(upstream: string, redis: string): Promise<string> {
  const variables = {
    NODE_ENV: 'production',
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: '0',
    TENCENTCLOUD_SECRET_ID: DEMO_CREDENTIAL.secretId,
    TENCENTCLOUD_SECRET_KEY: DEMO_CREDENTIAL.secretKey,
    TENCENTCLOUD_REGION: 'ap-guangzhou',
    TASK_GATEWAY_CDB_ENDPOINT: upstream,
    TASK_GATEWAY_POSTGRES_ENDPOINT: upstream,
    TASK_GATEWAY_CDB_RATE: String(QUOTAS.cdb),
    TASK_GATEWAY_POSTGRES_RATE: String(QUOTAS.postgres),
    REDIS_URL: redis,
  }
  const { config } = await parseConfig(variables, () => Promise.resolve({ kind: 'absent' }))
  const censor = createCensor([])
  const app = await createApp(config, {
    log: createLog({ level: 'warn', censor, output: process.stderr }),
    metrics: createMetrics({ processMetrics: false }),
    clock: { now: Date.now },
    hideSecrets: censor.add,
  })
  return (await app.listen()).url
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    role: { type: 'string', default: 'main' },
    facts: { type: 'string', default: '{}' },
  },
})
if (values.role === 'emulator') void beEmulator()
else if (values.role === 'replica') void beReplica(JSON.parse(values.facts) as { url: string; redis: string })
else void main(Number(values.seconds)).then((isGood) => process.exit(isGood ? 0 : 1))
