import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCredentials } from '../src/app/credentials'
import { createMemoryStore } from '../src/cache/memory-store'
import { createCensor, createLog } from '../src/telemetry/log'
import { createMetrics } from '../src/telemetry/metrics'
import { startGateway, type TestGateway, type TestGatewayOptions } from './support/gateway'

let gateway: TestGateway
let isOpen = false
afterEach(async () => {
  if (isOpen) await gateway.close()
  isOpen = false
})

async function start(options: TestGatewayOptions = {}): Promise<void> {
  gateway = await startGateway(options)
  isOpen = true
}

/** The value of the metric that begins so; null where there is none. */
async function metric(beginning: string): Promise<number | null> {
  const lines = (await gateway.metrics()).split('\n')
  const line = lines.find((text) => text.startsWith(`task_gateway_${beginning}`))
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')))
}

const CDB = '{provider="CDB",account="default",region="ap-guangzhou"}'
const list = (day: number) =>
  gateway.query(
    `{ cdbTasks(first: 1, filter: { startedAt: { from: "2020-01-0${day}T00:00:00Z" } }) { nodes { id } } }`,
  )

it('the queue for quota is as long as there are calls that wait in it', async () => {
  await start({ env: { TASK_GATEWAY_CDB_RATE: '2' } })
  const answers = Promise.all([1, 2, 3, 4].map(list))
  while ((await metric(`upstream_queue_calls${CDB}`)) !== 2) await new Promise(setImmediate)
  await answers
  expect(await metric(`upstream_queue_calls${CDB}`)).toBe(0)
})

it('the budget for retries is whole at first, and less after retries', async () => {
  await start()
  await list(1)
  expect(await metric(`upstream_retry_budget_ratio${CDB}`)).toBe(1)
  gateway.emulator.faults.add({ fault: { kind: 'reset' }, service: 'cdb' })
  await list(1)
  expect(await metric(`upstream_retry_budget_ratio${CDB}`)).toBeCloseTo(0.98, 5)
})

it('the clock that calls are signed by is as far ahead as the cloud says', async () => {
  await start()
  gateway.emulator.clock.shiftMs = 3_600_000
  const { body } = await list(1)
  expect(body.errors).toBeUndefined()
  expect(await metric(`upstream_clock_offset_seconds${CDB}`)).toBeGreaterThan(3590)
})

it('a call beside one that many wait for in vain is counted', async () => {
  await start({ env: { TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '1000' } })
  await list(2)
  gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb', times: 1 })
  await Promise.all(Array.from({ length: 10 }, () => list(1)))
  expect(await metric(`upstream_second_calls_total${CDB}`)).toBe(1)
})

it('the caches are as large as what is in them', async () => {
  await start({ env: { TASK_GATEWAY_CACHE_TTL_MS: '60000' } })
  expect(await metric('cache_entries{cache="answers"}')).toBe(0)
  await Promise.all([1, 2, 3].map(list))
  expect(await metric('cache_entries{cache="answers"}')).toBe(3)
  expect(await metric('cache_bytes{cache="answers"}')).toBeGreaterThan(100)
  expect(await metric('cache_entries{cache="finished_tasks"}')).toBe(0)
})

it('what has no room in a cache is told, and what is too old or replaced is not', () => {
  let nowMs = 1_000_000
  let evicted = 0
  const store = createMemoryStore({
    maxEntries: 2,
    maxBytes: 100,
    now: () => nowMs,
    onEvict: () => (evicted += 1),
  })
  for (const key of ['a', 'a', 'b']) store.set(key, {}, 10, 1)
  nowMs += 20
  expect(store.get('a')).toBeNull()
  expect(evicted).toBe(0)
  for (const key of ['c', 'd', 'e']) store.set(key, {}, 10, 1)
  expect(evicted).toBe(2)
  expect(store.size()).toEqual({ entries: 2, bytes: 2 })
})

it('a credential that was replaced is counted, and one that could not be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'))
  const path = join(folder, 'credentials')
  const metrics = createMetrics({ processMetrics: false })
  const log = createLog({ level: 'silent', censor: createCensor([]), output: { write: () => undefined } })
  let laterMs = 10_000
  const clock = { now: () => Date.now() + laterMs }
  const first = { secretId: 'id', secretKey: 'canary-key' }
  const credential = { kind: 'file', path, profile: 'default', credential: first } as const
  const account = { name: 'prod', credential, regions: { CDB: [], POSTGRES: [] } }
  const provider = createCredentials(account, { log, metrics, clock, hideSecrets: () => undefined })
  const { signal } = new AbortController()
  await writeFile(path, '[default]\nsecret_id = other\nsecret_key = canary-other\n')
  await provider.get(signal)
  await writeFile(path, '[default]\nsecret_id = other\n')
  laterMs += 10_000
  await provider.get(signal)
  await rm(folder, { recursive: true })
  const { text } = await metrics.exposition()
  expect(text).toContain('credential_renewals_total{account="prod",outcome="ok"} 1')
  expect(text).toContain('credential_renewals_total{account="prod",outcome="error"} 1')
  expect(text).not.toContain('canary')
})
