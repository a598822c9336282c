import { createWorld } from '../src/emulator/world/create-world'
import { DEMO_CREDENTIAL } from '../src/emulator/server/credential'
import { encodeTaskId } from '../src/tasks/id'
import { at, listAt, textAt } from './support/answer'
import { startGateway, type TestGateway, type TestGatewayOptions } from './support/gateway'

const REGION = 'ap-guangzhou'
const LIST = '{ tasks(first: 20) { nodes { id status } sources { error { code } } } }'
const BY_ID = 'query ($id: ID!) { task(id: $id) { id status } }'
const BY_IDS = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
const NOTHING_KNOWN = encodeTaskId({
  source: { provider: 'POSTGRES', account: 'default', region: REGION },
  number: 1n,
  hint: null,
})

let gateway: TestGateway
let nowMs: number
afterEach(async () => {
  release()
  await gateway.close()
})

/** In front of a world that stands still, by a clock that the test sets. */
async function start({ env, emulator }: TestGatewayOptions = {}, cacheTtlMs = 1000): Promise<void> {
  nowMs = Date.now()
  gateway = await startGateway({
    env: { TASK_GATEWAY_CACHE_TTL_MS: String(cacheTtlMs), ...env },
    emulator: { world: createWorld({ nowMs, moving: false }), now: () => nowMs, ...emulator },
    now: () => nowMs,
  })
}

/** While it is closed the upstreams hold their answers back. */
let gate = Promise.resolve()
let release = () => {}
function close(): void {
  gate = new Promise((resolve) => (release = resolve))
}

/** The gateway has patience, whatever the gate does. */
function held(): TestGatewayOptions {
  return {
    emulator: { latencyMs: 1, sleep: () => gate },
    env: { TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '60000', TASK_GATEWAY_DEADLINE_MS: '120000' },
  }
}

/** A list, and a look-up that nobody shares: one more call, by which one sees that the request has come so far. */
const markedList = (mark: number) =>
  `{ tasks(first: 20) { nodes { id } } postgresTask(taskId: "${mark}") { id } }`

/** Asks in so many requests that all are under way before the first answer comes. */
async function together(count: number): Promise<readonly unknown[]> {
  const { log } = gateway.emulator
  const before = log.calls.filter(isLookUp).length
  close()
  const answers = Array.from({ length: count }, (_, mark) => gateway.query(markedList(before + mark)))
  await until(() => log.calls.filter(isLookUp).length === before + count)
  release()
  return (await Promise.all(answers)).map(({ body }) => at(body.data, 'tasks'))
}

const isLookUp = ({ parameters }: { parameters: unknown }) => at(parameters, 'TaskId') !== undefined
const listCalls = () => gateway.emulator.log.calls.filter((call) => !isLookUp(call)).length
const calls = (service?: string) => gateway.emulator.log.count(service === undefined ? {} : { service })
const upstreamOf = (answer: { body: object }) => at(answer, 'body', 'extensions', 'upstream')

/** Ids of the newest tasks of one product, every third of 300. */
async function recentIds(field: 'cdbTasks' | 'postgresTasks', count = 100): Promise<readonly string[]> {
  const ids: string[] = []
  let after: string | null = null
  for (let page = 0; page < 3; page++) {
    const { body } = await gateway.query(
      `query ($after: String) { ${field}(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }`,
      { after },
    )
    ids.push(...listAt(body.data, field, 'nodes').map((node) => textAt(node, 'id')))
    after = textAt(body.data, field, 'pageInfo', 'endCursor')
  }
  nowMs += 1000
  gateway.emulator.log.clear()
  return ids.filter((_, index) => index % 3 === 0).slice(0, count)
}

describe('a list', () => {
  it('is served again for a second, and costs nothing', async () => {
    await start()
    const first = await gateway.query(LIST)
    expect(upstreamOf(first)).toMatchObject({ calls: 2, cacheHits: 0, shared: 0 })
    nowMs += 900
    const second = await gateway.query(LIST)
    expect(upstreamOf(second)).toEqual({ calls: 0, cacheHits: 2, shared: 0, queuedMs: 0 })
    expect(second.body.data).toEqual(first.body.data)
    nowMs += 100
    await gateway.query(LIST)
    expect(calls()).toBe(4)
  })

  it('shows what has changed after a second', async () => {
    await start()
    await gateway.query(LIST)
    const id = Number(at(gateway.emulator.world.rows('cdb', REGION), 0, 'JobId'))
    gateway.emulator.world.change('cdb', REGION, id, { TaskStatus: 'PAUSED' })
    const statuses = async () => JSON.stringify((await gateway.query(LIST)).body.data)
    expect(await statuses()).not.toContain('PAUSED')
    nowMs += 1000
    expect(await statuses()).toContain('PAUSED')
  })

  it('is asked for each time where the time is 0, and once by those who ask together', async () => {
    await start(held(), 0)
    await together(20)
    expect(listCalls()).toBe(2)
    await gateway.query(LIST)
    expect(listCalls()).toBe(4)
  })

  it('is asked for once for each source when forty clients find it too old', async () => {
    await start(held())
    await together(1)
    nowMs += 1000
    const answers = await together(40)
    expect(listCalls()).toBe(4)
    expect(new Set(answers.map((tasks) => JSON.stringify(tasks))).size).toBe(1)
  })

  it('counts the words that no vocabulary has once for each answer, not for each request', async () => {
    await start()
    const row = { TaskStatus: 'EXPLODED', StartTime: '2099-01-01 00:00:00' }
    gateway.emulator.world.insert('cdb', REGION, row)
    for (let round = 0; round < 5; round++)
      await gateway.query('{ cdbTasks(first: 1) { nodes { rawStatus } } }')
    const counted = /unknown_words_total\{provider="CDB",kind="status"\} (\d+)/
    const before = counted.exec(await gateway.metrics())?.[1]
    nowMs += 1000
    await gateway.query('{ cdbTasks(first: 1) { nodes { rawStatus } } }')
    const after = counted.exec(await gateway.metrics())?.[1]
    expect(Number(after)).toBe(2 * Number(before))
    expect(Number(before)).toBeGreaterThan(0)
  })
})

describe('a failure', () => {
  it.each([
    ['refuses', { kind: 'apiError', code: 'OperationDenied' }],
    ['has the wrong shape', { kind: 'response', fields: { Items: {} } }],
    ['holds something that is no task', { kind: 'response', fields: { Items: ['x'] } }],
    ['is no JSON', { kind: 'badJson' }],
  ] as const)('is not kept: an answer that %s', async (_, fault) => {
    await start()
    gateway.emulator.faults.add({ service: 'cdb', times: 1, fault })
    const errors = async () => listAt((await gateway.query(LIST)).body.data, 'tasks', 'sources')
    expect(await errors()).toMatchObject([{ error: {} }, { error: null }])
    expect(await errors()).toMatchObject([{ error: null }, { error: null }])
    expect(calls('postgres')).toBe(1)
  })
})

describe('an instance that the cloud does not know', () => {
  it('has no tasks: those who ask together share a call, and the refusal is not kept', async () => {
    await start(held())
    close()
    const ask = (mark: number) =>
      gateway.query(
        `{ cdbTasks(filter: { instanceIds: ["cdb-unknown"] }) { totalCount } postgresTask(taskId: "${mark}") { id } }`,
      )
    const answers = Array.from({ length: 10 }, (_, mark) => ask(mark))
    await until(() => calls('postgres') === 10)
    release()
    for (const { body } of await Promise.all(answers))
      expect(body.data).toEqual({ cdbTasks: { totalCount: 0 }, postgresTask: null })
    expect(calls('cdb')).toBe(1)
    await ask(10)
    const refusal = { service: 'cdb', outcome: 'InvalidParameter.InstanceNotFound' }
    expect(gateway.emulator.log.count(refusal)).toBe(2)
  })
})

describe('accounts', () => {
  it('never share an answer, not even under way', async () => {
    const other = { secretId: 'AKIDDEVELOPMENT', secretKey: 'development-secret', account: 'dev' }
    await start({
      emulator: { credentials: [{ ...DEMO_CREDENTIAL, account: 'prod' }, other], latencyMs: 100 },
      env: {
        TASK_GATEWAY_ACCOUNTS: 'prod,dev',
        TENCENTCLOUD_SECRET_ID_PROD: DEMO_CREDENTIAL.secretId,
        TENCENTCLOUD_SECRET_KEY_PROD: DEMO_CREDENTIAL.secretKey,
        TENCENTCLOUD_SECRET_ID_DEV: other.secretId,
        TENCENTCLOUD_SECRET_KEY_DEV: other.secretKey,
      },
    })
    await Promise.all([gateway.query(LIST), gateway.query(LIST)])
    const { log } = gateway.emulator
    expect(log.count({ secretId: DEMO_CREDENTIAL.secretId })).toBe(2)
    expect(log.count({ secretId: other.secretId })).toBe(2)
  })
})

describe('a client that goes away', () => {
  it('takes the shared call from nobody', async () => {
    await start(held())
    close()
    const controller = new AbortController()
    const leaving = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: LIST }),
      signal: controller.signal,
    }).catch(() => 'gone')
    await until(() => calls() === 2)
    const staying = gateway.query(markedList(1))
    await until(() => calls() === 3)
    controller.abort()
    expect(await leaving).toBe('gone')
    release()
    const { body } = await staying
    expect(body).not.toHaveProperty('errors')
    expect(body).toMatchObject({ extensions: { upstream: { calls: 1, shared: 2 } } })
    expect(listAt(body.data, 'tasks', 'nodes')).toHaveLength(20)
    expect(calls()).toBe(3)
  })
})

describe('tasks by id', () => {
  it.each([
    ['cdbTasks', 1000],
    ['postgresTasks', 1000],
    ['cdbTasks', 0],
    ['postgresTasks', 0],
  ] as const)(
    'a hundred of %s cost at most three calls in one request where answers are kept for %i ms',
    async (field, cacheTtlMs) => {
      await start({}, cacheTtlMs)
      const ids = await recentIds(field)
      const answer = await gateway.query(BY_IDS, { ids })
      expect(listAt(answer.body.data, 'nodes').map((node) => at(node, 'id'))).toEqual(ids)
      expect(calls()).toBe(3)
      expect(upstreamOf(answer)).toMatchObject({ calls: 3, cacheHits: 0, shared: 0 })
    },
  )

  it.each(['cdbTasks', 'postgresTasks'] as const)(
    'a hundred of %s cost at most three calls in a hundred requests at the same moment',
    async (field) => {
      await start({ emulator: { latencyMs: 20 } })
      const ids = await recentIds(field)
      const answers = await Promise.all(ids.map((id) => gateway.query(BY_ID, { id })))
      expect(answers.map(({ body }) => at(body.data, 'task', 'id'))).toEqual(ids)
      expect(calls()).toBeLessThanOrEqual(3)
    },
  )

  it('cost one call where it is one, and no more for a while once it is finished', async () => {
    await start()
    const row = gateway.emulator.world.rows('postgres', REGION).findLast(({ Status }) => Status === 'Success')
    const find = '($id: String!) { postgresTask(taskId: $id) { id status } }'
    const { body } = await gateway.query(`query ${find}`, { id: String(row?.['TaskId']) })
    const id = textAt(body.data, 'postgresTask', 'id')
    nowMs += 1000
    gateway.emulator.log.clear()
    expect(upstreamOf(await gateway.query(BY_ID, { id }))).toMatchObject({ calls: 1 })
    nowMs += 299_000
    const again = await gateway.query(BY_ID, { id })
    expect(again.body.data).toEqual({ task: { id, status: 'SUCCEEDED' } })
    expect(upstreamOf(again)).toMatchObject({ calls: 0, cacheHits: 1 })
    nowMs += 2000
    expect(upstreamOf(await gateway.query(BY_ID, { id }))).toMatchObject({ calls: 1 })
  })

  it('are null where the upstream does not know them, and errors where it cannot be asked', async () => {
    await start()
    const unknown = await gateway.query(BY_ID, { id: NOTHING_KNOWN })
    expect(unknown.body).toMatchObject({ data: { task: null }, extensions: { upstream: { calls: 1 } } })
    expect(unknown.body).not.toHaveProperty('errors')
    nowMs += 1000
    gateway.emulator.faults.add({ service: 'postgres', fault: { kind: 'apiError', code: 'OperationDenied' } })
    const { body } = await gateway.query(BY_ID, { id: NOTHING_KNOWN })
    expect(body).toMatchObject({
      data: { task: null },
      errors: [{ extensions: { code: 'UPSTREAM_REJECTED' } }],
    })
  })

  it('of a source that is down fail each, and the source is not asked for each', async () => {
    await start()
    const ids = await recentIds('cdbTasks')
    gateway.emulator.faults.add({ service: 'cdb', fault: { kind: 'status', status: 503 } })
    const { body } = await gateway.query(BY_IDS, { ids })
    expect(body.errors?.map(({ extensions }) => extensions['code'])).toEqual(
      ids.map(() => 'UPSTREAM_UNAVAILABLE'),
    )
    expect(calls()).toBeLessThanOrEqual(3)
  })
})

/** @throws Error where it has not come true for long */
async function until(condition: () => boolean): Promise<void> {
  const sinceMs = performance.now()
  while (!condition()) {
    if (performance.now() - sinceMs > 10_000) throw new Error('what was waited for did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
