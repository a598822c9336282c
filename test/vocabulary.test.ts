import { at, listAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { worldOf } from './support/worlds'

/** The words as the upstreams answer them: the number they are asked for by, and the unified word. */
const CDB_STATUSES = [
  ['UNDEFINED', -1, 'UNKNOWN'],
  ['INITIAL', 0, 'PENDING'],
  ['RUNNING', 1, 'RUNNING'],
  ['SUCCEED', 2, 'SUCCEEDED'],
  ['FAILED', 3, 'FAILED'],
  ['KILLED', 4, 'CANCELLED'],
  ['REMOVED', 5, 'REMOVED'],
  ['PAUSED', 6, 'PAUSED'],
  ['WAITING', null, 'WAITING'],
] as const
const CDB_TYPES = [
  ['ROLLBACK', 1, 'ROLLBACK'],
  ['SQL OPERATION', 2, 'RUN_SQL'],
  ['IMPORT DATA', 3, 'IMPORT_DATA'],
  ['MODIFY PARAM', 5, 'MODIFY_PARAMETERS'],
  ['INITIAL', 6, 'CREATE_INSTANCE'],
  ['REBOOT', 7, 'RESTART'],
  ['OPEN GTID', 8, 'ENABLE_GTID'],
  ['UPGRADE RO', 9, 'UPGRADE'],
  ['BATCH ROLLBACK', 10, 'ROLLBACK'],
  ['UPGRADE MASTER', 11, 'UPGRADE'],
  ['DROP TABLES', 12, 'DROP_TABLES'],
  ['SWITCH DR TO MASTER', 13, 'PROMOTE_DISASTER_RECOVERY'],
] as const
const POSTGRES_STATUSES = [
  ['Running', 'RUNNING'],
  ['Success', 'SUCCEEDED'],
  ['Fail', 'FAILED'],
  ['WaitSwitch', 'WAITING'],
  ['Pause', 'PAUSED'],
] as const
const POSTGRES_TYPES = [
  ['RestartInstance', 'RESTART'],
  ['RestoreDatabase', 'RESTORE'],
  ['DestroyInstance', 'DESTROY_INSTANCE'],
  ['ModifyInstanceParams', 'MODIFY_PARAMETERS'],
] as const
/** No word of ours, the last ones because they are properties of every object. */
const STRANGE = ['NEW WORD', 'running', 'Succeed ', '', 'constructor', '__proto__', 'toString']

const UNFINISHED = { StartTime: '2024-01-01 08:00:00', EndTime: '' }
const REGION = 'ap-guangzhou'
const cdb = [
  ...CDB_STATUSES.map(([TaskStatus]) => ({ ...UNFINISHED, TaskStatus })),
  ...CDB_TYPES.map(([TaskType]) => ({ ...UNFINISHED, TaskType })),
  ...STRANGE.map((TaskStatus) => ({ ...UNFINISHED, TaskStatus, TaskType: TaskStatus })),
]
const postgres = [
  ...POSTGRES_STATUSES.map(([Status]) => ({ ...UNFINISHED, Status })),
  ...POSTGRES_TYPES.map(([TaskType]) => ({ ...UNFINISHED, TaskType })),
  ...STRANGE.map((Status) => ({ ...UNFINISHED, Status, TaskType: Status })),
]

const LIST = `query ($filter: TaskFilter) {
  tasks(first: 100, filter: $filter) { nodes { provider status rawStatus type rawType isFinished } }
}`

let gateway: TestGateway
beforeAll(async () => {
  const world = worldOf({ cdb: { [REGION]: cdb }, postgres: { [REGION]: postgres } })
  gateway = await startGateway({ emulator: { world } })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

async function list(filter: object): Promise<readonly unknown[]> {
  const { body } = await gateway.query(LIST, { filter })
  expect(body).not.toHaveProperty('errors')
  return listAt(body.data, 'tasks', 'nodes')
}

/** The raw words that came out as this unified one, without doubles. */
function raw(tasks: readonly unknown[], kind: 'Status' | 'Type', unified: string): readonly unknown[] {
  const own = tasks.filter((task) => at(task, kind.toLowerCase()) === unified)
  return [...new Set(own.map((task) => at(task, `raw${kind}`)))].sort()
}

const words = (table: readonly (readonly unknown[])[], unified: string) =>
  table.filter((entry) => entry.at(-1) === unified).map(([word]) => word)
const codes = (table: readonly (readonly unknown[])[], unified: readonly string[]) =>
  table.filter((entry) => unified.some((word) => word === entry.at(-1))).map(([, code]) => code)

const STATUSES = ['PENDING', 'WAITING', 'RUNNING', 'PAUSED', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'REMOVED']
const TYPES = [...new Set([...CDB_TYPES, ...POSTGRES_TYPES].map((entry) => entry.at(-1) ?? ''))].map(String)

describe('every word of the documents has its unified word, and is kept as it was', () => {
  it.each(STATUSES)('the status %s', async (status) => {
    const tasks = await list({})
    const known = [...words(CDB_STATUSES, status), ...words(POSTGRES_STATUSES, status)]
    expect(raw(tasks, 'Status', status)).toEqual(known.sort())
  })

  it.each(TYPES)('the type %s', async (type) => {
    const tasks = await list({})
    const known = [...words(CDB_TYPES, type), ...words(POSTGRES_TYPES, type)]
    expect(raw(tasks, 'Type', type)).toEqual(known.sort())
  })

  it('any other word is UNKNOWN or OTHER, also one that every object has', async () => {
    const tasks = await list({})
    expect(raw(tasks, 'Status', 'UNKNOWN')).toEqual([...STRANGE, 'UNDEFINED'].sort())
    expect(raw(tasks, 'Type', 'OTHER')).toEqual([...STRANGE].sort())
  })

  it('those that end a task make it finished, though it has no end', async () => {
    const finished = (await list({})).filter((task) => at(task, 'isFinished') === true)
    const statuses = new Set(finished.map((task) => at(task, 'status')))
    expect([...statuses].sort()).toEqual(['CANCELLED', 'FAILED', 'REMOVED', 'SUCCEEDED'])
  })
})

describe('a filter finds exactly the tasks of its words', () => {
  const sent = () => gateway.emulator.log.find({ service: 'cdb' }).map(({ parameters }) => parameters)

  it.each(
    [
      ...STATUSES.map((word) => [word]),
      ['UNKNOWN'],
      ['RUNNING', 'FAILED'],
      ['WAITING', 'RUNNING'],
      ['UNKNOWN', 'PAUSED'],
    ].map((statuses) => [statuses]),
  )('the statuses %j', async (statuses) => {
    const expected = (await list({})).filter((task) => statuses.includes(String(at(task, 'status'))))
    gateway.emulator.log.clear()
    expect(await list({ statuses })).toEqual(expected)
    const pushed = statuses.every((word) => word !== 'UNKNOWN' && word !== 'WAITING')
    for (const parameters of sent())
      expect(at(parameters, 'TaskStatus')).toEqual(pushed ? codes(CDB_STATUSES, statuses) : undefined)
  })

  it.each(
    [...TYPES.map((word) => [word]), ['OTHER'], ['RESTART', 'ROLLBACK'], ['OTHER', 'UPGRADE']].map(
      (types) => [types],
    ),
  )('the types %j', async (types) => {
    const expected = (await list({})).filter((task) => types.includes(String(at(task, 'type'))))
    gateway.emulator.log.clear()
    expect(await list({ types })).toEqual(expected)
    const pushed = !types.includes('OTHER')
    for (const parameters of sent())
      expect(at(parameters, 'TaskTypes')).toEqual(pushed ? codes(CDB_TYPES, types) : undefined)
  })
})

describe('a word that no vocabulary has', () => {
  it('is counted once for each row, and logged once', async () => {
    const world = worldOf({ cdb: { [REGION]: Array.from({ length: 3 }, () => ({ TaskStatus: 'MELTED' })) } })
    const env = { TASK_GATEWAY_CACHE_TTL_MS: '60000' }
    const other = await startGateway({ emulator: { world }, env })
    try {
      const counted = 'task_gateway_unknown_words_total{provider="CDB",kind="status"} 3'
      await other.query('{ cdbTasks { nodes { id } } }')
      expect(await other.metrics()).toContain(counted)
      // Another question, which the same answer of the upstream serves.
      const { body } = await other.query('{ cdbTasks { nodes { taskId } } }')
      expect(body.extensions?.upstream).toMatchObject({ calls: 0, cacheHits: 1 })
      expect(await other.metrics()).toContain(counted)
      expect(other.lines.filter((line) => line.includes('MELTED'))).toHaveLength(1)
    } finally {
      await other.close()
    }
  })
})
