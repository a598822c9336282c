import { setTimeout as sleep } from 'node:timers/promises'
import { encodeTaskId } from '../src/tasks/id'
import type { TaskHint } from '../src/tasks/task'
import { at, listAt, textAt } from './support/answer'
import { createKeyFile, keyEntry, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const LONG_AGO = Date.UTC(2023, 10, 1) / 1000
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
const TASK = 'query ($id: ID!) { task(id: $id) { id } }'
const HOSTILE = { 'x-api-key': 'hostile' }
const VALID = { 'x-api-key': 'valid' }

/** Ids of tasks that are not there. */
const madeUp = (count: number, hintOf: (at: number) => TaskHint | null, first = 1_000_000) =>
  Array.from({ length: count }, (_, at) =>
    encodeTaskId({
      source: { provider: 'CDB', account: 'default', region: REGION },
      number: BigInt(first + at),
      hint: hintOf(at),
    }),
  )
const byRequest = (at: number): TaskHint => [`made-up-${at}`]

let keys: KeyFile
let gateway: TestGateway
beforeAll(async () => {
  keys = await createKeyFile([keyEntry('hostile', 'hostile'), keyEntry('valid', 'valid')])
})
afterAll(() => keys.remove())
afterEach(() => gateway.close())

async function start(env: Record<string, string> = {}, options: Parameters<typeof startGateway>[0] = {}) {
  const rows = rowsFrom('cdb', 600, LONG_AGO).map((row, at) => ({ ...row, AsyncRequestId: `request-${at}` }))
  const world = worldOf({
    cdb: { [REGION]: rows },
    postgres: { [REGION]: rowsFrom('postgres', 3, LONG_AGO) },
  })
  const emulator = { world, ...options.emulator }
  gateway = await startGateway({ ...options, emulator, env: { ...keys.env, ...env } })
  return gateway
}

describe('ids of tasks that are not there', () => {
  const start2023 = (at: number) => LONG_AGO + at * 60
  it.each<[string, (at: number) => TaskHint | null, number, number]>([
    ['100 with a request', byRequest, 100, 100 + 4],
    ['one with a request', byRequest, 1, 1 + 4],
    ['100 without a hint', () => null, 100, 4],
    ['100 with an instance and a start', (at) => [start2023(at), 'cdb-absent00'], 100, 3 * 100 + 4],
    ['100 with the start alone', (at) => [start2023(at), null], 100, 2 * 100 + 4],
  ])('%s cost no more calls than their hints and four pages', async (_, hintOf, count, most) => {
    await start()
    const { status, body } = await gateway.query(NODES, { ids: madeUp(count, hintOf) }, HOSTILE)
    expect([status, body.errors]).toEqual([200, undefined])
    expect(new Set(listAt(body.data, 'nodes'))).toEqual(new Set([null]))
    expect(gateway.emulator.log.count()).toBeLessThanOrEqual(most)
    expect(body.extensions?.upstream.calls).toBe(gateway.emulator.log.count())
  })

  it('are paid for with all that they cost', async () => {
    const nowMs = Date.now()
    await start({ TASK_GATEWAY_CALLER_RATE: '10' }, { now: () => nowMs })
    const { status, body } = await gateway.query(NODES, { ids: madeUp(100, byRequest) }, HOSTILE)
    const calls = body.extensions?.upstream.calls ?? 0
    expect([status, calls]).toEqual([200, 104])
    const refused = await gateway.query(TASK, { id: 'x' }, HOSTILE)
    // At ten calls a second, of which one second may be spent at once.
    expect(at(refused.body, 'errors', 0, 'extensions', 'retryAfterMs')).toBe(calls * 100 - 1000 + 1)
  })
})

it('a hundred ids of tasks are within the budget of a caller who owes nothing', async () => {
  await start({ TASK_GATEWAY_CALLER_RATE: '10' })
  const { body: listed } = await gateway.query('{ cdbTasks(first: 100) { nodes { id } } }', {}, VALID)
  const ids = listAt(listed.data, 'cdbTasks', 'nodes').map((node) => textAt(node, 'id'))
  const { status, body } = await gateway.query(NODES, { ids }, VALID)
  expect([status, listAt(body.data, 'nodes').length]).toEqual([200, 100])
})

it('a look-up goes within a few calls, whatever another caller has asked for', async () => {
  const quotas = { TASK_GATEWAY_CDB_RATE: '50', TASK_GATEWAY_POSTGRES_RATE: '20' }
  await start(
    { ...quotas, TASK_GATEWAY_CACHE_TTL_MS: '1000' },
    { emulator: { quotas: { cdb: 50, postgres: 20 } } },
  )
  const { emulator } = gateway
  const hostile = [1_000_000, 2_000_000].map((first) => {
    const ids = madeUp(100, (at) => [`${first}-${at}`], first)
    return gateway.query(NODES, { ids }, HOSTILE)
  })
  // Until it has had all that it may have in one second.
  while (emulator.log.count() < 45) await sleep(10)
  const before = emulator.log.count()
  const [id = ''] = madeUp(1, () => ['request-7'], 8)
  const { body } = await gateway.query(TASK, { id }, VALID)
  expect(body.data).toEqual({ task: { id } })
  const place = emulator.log.calls.findIndex(
    ({ parameters }) => at(parameters, 'AsyncRequestId') === 'request-7',
  )
  expect(place - before).toBeLessThanOrEqual(4)
  expect(emulator.log.count({ outcome: 'RequestLimitExceeded' })).toBe(0)
  for (const { status } of await Promise.all(hostile)) expect(status).toBe(200)
})
