import { at, listAt, textAt } from './support/answer'
import { closeAll, LIST, onlyTask, over, REGION } from './support/rows'
import { FACTS } from './support/task-fields'

afterEach(closeAll)

/** What every field but the id of the row may be. */
const CDB_FIELDS = [
  'Code',
  'Message',
  'AsyncRequestId',
  'Progress',
  'StartTime',
  'EndTime',
  'InstanceIds',
  'TaskType',
  'TaskStatus',
  'TaskAttachInfo',
]
const POSTGRES_FIELDS = [
  'TaskType',
  'DBInstanceId',
  'StartTime',
  'EndTime',
  'Status',
  'Progress',
  'TaskDetail',
]
const all = (fields: readonly string[], value: unknown) =>
  Object.fromEntries(fields.map((name) => [name, value]))

const BARE = {
  id: expect.any(String) as unknown,
  account: 'default',
  region: REGION,
  type: 'OTHER',
  rawType: '',
  status: 'UNKNOWN',
  rawStatus: '',
  isFinished: false,
  progress: null,
  startedAt: null,
  endedAt: null,
  durationSeconds: null,
  message: null,
  instances: [],
}
const BARE_CDB = {
  ...BARE,
  __typename: 'CdbTask',
  provider: 'CDB',
  taskId: '7',
  code: null,
  asyncRequestId: null,
  attachments: [],
}
const BARE_POSTGRES = {
  ...BARE,
  __typename: 'PostgresTask',
  provider: 'POSTGRES',
  taskId: '7',
  currentStep: null,
  steps: [],
  detailHidden: false,
  input: null,
  output: null,
  switchMode: null,
  switchAt: null,
}

describe('a row of CDB that has nothing but its id is served with nulls', () => {
  it.each([
    ['null', null],
    ['absent', undefined],
    ['an object', {}],
    ['true', true],
  ])('where every field is %s', async (_, value) => {
    expect(await onlyTask({ cdb: [{ JobId: 7, ...all(CDB_FIELDS, value) }] })).toEqual(BARE_CDB)
  })

  it('and is found by its id', async () => {
    const gateway = await over({ cdb: [{ JobId: 7, ...all(CDB_FIELDS, null) }] })
    const { body } = await gateway.query('{ cdbTasks { nodes { id } } }')
    const id = textAt(body.data, 'cdbTasks', 'nodes', 0, 'id')
    const { body: found } = await gateway.query(`query ($id: ID!) { task(id: $id) { ...Facts } } ${FACTS}`, {
      id,
    })
    expect(found.data).toEqual({ task: BARE_CDB })
  })

  it.each(CDB_FIELDS)('where only %s is null', async (name) => {
    expect(await onlyTask({ cdb: [{ JobId: 7, [name]: null }] })).toMatchObject({ taskId: '7' })
  })
})

describe('a row of Postgres that has nothing but its id and start is served with nulls', () => {
  const started = { TaskId: 7, StartTime: '2024-01-01 08:00:00' }
  const fields = POSTGRES_FIELDS.filter((name) => name !== 'StartTime')

  it.each([
    ['null', null],
    ['absent', undefined],
    ['a list', []],
    ['true', true],
  ])('where every field is %s', async (_, value) => {
    expect(await onlyTask({ postgres: [{ ...all(fields, value), ...started }] })).toEqual({
      ...BARE_POSTGRES,
      startedAt: '2024-01-01T00:00:00.000Z',
    })
  })

  it.each(fields)('where only %s is null', async (name) => {
    expect(await onlyTask({ postgres: [{ ...started, [name]: null }] })).toMatchObject({ taskId: '7' })
  })
})

describe('a number', () => {
  it.each([
    [0, 0],
    [100, 100],
    [101, null],
    [-1, null],
    [99.5, null],
    ['50', 50],
    ['50%', null],
  ])('of progress %j is %j', async (Progress, progress) => {
    expect(await onlyTask({ cdb: [{ JobId: 7, Progress }] })).toMatchObject({ progress })
  })

  it.each([
    [-1, -1],
    [2_147_483_647, 2_147_483_647],
    [2_147_483_648, null],
    [1.5, null],
    ['-5', -5],
    ['2147483648', null],
    ['0x10', null],
  ])('of code %j is %j', async (Code, code) => {
    expect(await onlyTask({ cdb: [{ JobId: 7, Code }] })).toMatchObject({ code })
  })

  it.each(['9007199254740993', '9223372036854775807', '18446744073709551615'])(
    'of a task stays exact: %s',
    async (taskId) => {
      const gateway = await over({ postgres: [{ TaskId: BigInt(taskId), StartTime: '2024-01-01 08:00:00' }] })
      const { body } = await gateway.query('{ postgresTasks { nodes { id taskId } } }')
      const listed = at(body.data, 'postgresTasks', 'nodes', 0)
      expect(listed).toMatchObject({ taskId })
      const { body: found } = await gateway.query(
        'query ($id: ID!, $taskId: String!) { task(id: $id) { id taskId } postgresTask(taskId: $taskId) { id taskId } }',
        { id: textAt(listed, 'id'), taskId },
      )
      expect(found.data).toEqual({ task: listed, postgresTask: listed })
    },
  )
})

describe('a detail of Postgres', () => {
  const withDetail = (TaskDetail: unknown) => ({
    postgres: [{ TaskId: 7, StartTime: '2024-01-01 08:00:00', TaskDetail }],
  })

  it.each<[string, string, unknown]>([
    ['nothing', '', null],
    ['JSON', '{"a":[1,null,{"b":"c"}]}', { a: [1, null, { b: 'c' }] }],
    ['no JSON', 'not {json', 'not {json'],
    ['an empty list', '[]', []],
    ['a zero', '0', 0],
    ['a null', 'null', null],
    ['a text', '"text"', 'text'],
    ['a number beyond 2^53', '{"n":12345678901234567890}', { n: '12345678901234567890' }],
    ['a name that objects have', '{"__proto__":{"a":1}}', JSON.parse('{"__proto__":{"a":1}}')],
  ])('whose input is %s is served', async (_, Input, value) => {
    expect(await onlyTask(withDetail({ Input, Output: Input }))).toMatchObject({
      input: value,
      output: value,
    })
  })

  it.each([102, 2000, 5000, 9000, 50_000])(
    'whose input is nested %i deep is served as text',
    async (depth) => {
      const Input = '['.repeat(depth) + ']'.repeat(depth)
      expect(await onlyTask(withDetail({ Input, Output: '[{}]' }))).toMatchObject({
        input: Input,
        output: [{}],
      })
    },
  )

  it('whose input is an object already is served as it is', async () => {
    expect(await onlyTask(withDetail({ Input: { a: 1 } }))).toMatchObject({ input: { a: 1 } })
  })

  it.each(['', 'no json', '{}', 'null', '5', null, 7])('whose steps are %j has none', async (AllSteps) => {
    expect(await onlyTask(withDetail({ AllSteps }))).toMatchObject({ steps: [] })
  })

  it('whose steps lack their parts is served with what they have', async () => {
    const AllSteps = JSON.stringify([
      {},
      { StepId: 2, StepName: 'B', StepProcess: 50, StepMessage: 'half' },
      5,
      null,
    ])
    expect(await onlyTask(withDetail({ AllSteps }))).toMatchObject({
      steps: [
        { stepId: null, name: '', progress: null, message: null },
        { stepId: 2, name: 'B', progress: 50, message: 'half' },
      ],
    })
  })

  it.each([
    [0, 'NONE'],
    [1, 'IMMEDIATE'],
    [2, 'SCHEDULED'],
    [3, 'MAINTENANCE_WINDOW'],
    [4, 'UNKNOWN'],
    ['2', 'UNKNOWN'],
    [null, null],
  ])('with SwitchTag %j switches %s', async (SwitchTag, switchMode) => {
    const detail = { SwitchTag, SwitchTime: '2024-01-02 03:04:05', Message: 'waits', CurrentStep: 'Switch' }
    expect(await onlyTask(withDetail(detail))).toMatchObject({
      switchMode,
      switchAt: '2024-01-01T19:04:05.000Z',
      message: 'waits',
      currentStep: 'Switch',
    })
  })
})

describe('attachments of CDB', () => {
  it('are keys and values', async () => {
    const TaskAttachInfo = [{ AttachKey: 'FastUpgrade', AttachValue: '1' }, { AttachKey: 'k' }, null, 'x']
    expect(await onlyTask({ cdb: [{ JobId: 7, TaskAttachInfo }] })).toMatchObject({
      attachments: [
        { key: 'FastUpgrade', value: '1' },
        { key: 'k', value: '' },
      ],
    })
  })

  it('and several instances are all named', async () => {
    const InstanceIds = ['cdb-b', 'cdb-a', '', null, 5, 'cdb-b', 'cdb-a']
    expect(await onlyTask({ cdb: [{ JobId: 7, InstanceIds }] })).toMatchObject({
      instances: [{ id: 'cdb-b' }, { id: 'cdb-a' }],
    })
  })
})

describe('a row without an id', () => {
  it.each([
    ['cdb', 'JobId', 'CDB'],
    ['postgres', 'TaskId', 'POSTGRES'],
  ] as const)(
    'of %s is left out and counted, and the page lives without a total',
    async (service, idField, provider) => {
      const start = { StartTime: '2024-01-01 08:00:00' }
      const gateway = await over({
        [service]: [
          { [idField]: 7, ...start },
          { [idField]: null, ...start },
        ],
      })
      const { body } = await gateway.query(LIST)
      expect(body).not.toHaveProperty('errors')
      expect(body.data).toMatchObject({ tasks: { nodes: [{ taskId: '7' }], totalCount: null } })
      const sources = listAt(body.data, 'tasks', 'sources')
      expect(sources.map((source) => at(source, 'error'))).toEqual([null, null])
      expect(sources.map((source) => at(source, 'totalCount')).sort()).toEqual([0, null])
      expect(await gateway.metrics()).toContain(
        `task_gateway_rows_left_out_total{provider="${provider}",account="default",region="${REGION}"} 1`,
      )
    },
  )

  it.each(['-79', '79a', '', 1.5, -1, {}, true])('is one whose id is %j', async (JobId) => {
    const { body } = await (await over({ cdb: [{ JobId }] })).query(LIST)
    expect(body.data).toMatchObject({ tasks: { nodes: [], totalCount: null } })
  })
})
