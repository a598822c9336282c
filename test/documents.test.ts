import { CDB_TASKS, POSTGRES_TASKS } from './fixtures/documented-tasks'
import { at, listAt, textAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { FACTS } from './support/task-fields'
import { documentedWorld } from './support/worlds'

const LIST = `query ($filter: TaskFilter, $orderBy: TaskOrder) {
  tasks(first: 100, filter: $filter, orderBy: $orderBy) { nodes { ...Facts } }
} ${FACTS}`
const BY_ID = `query ($id: ID!) { task(id: $id) { ...Facts } } ${FACTS}`
const ALL = [...POSTGRES_TASKS, ...CDB_TASKS]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterAll(() => gateway.close())
beforeEach(() => gateway.emulator.log.clear())

async function list(filter: object, orderBy: object = {}): Promise<readonly unknown[]> {
  const { body } = await gateway.query(LIST, { filter, orderBy })
  expect(body.errors).toBeUndefined()
  return listAt(body.data, 'tasks', 'nodes')
}

describe('the rows that the documents print', () => {
  it('come out in every field, newest first', async () => {
    const tasks = await list({})
    expect(tasks).toEqual(ALL.map((task) => ({ ...task, id: expect.any(String) as unknown })))
  })

  it.each(ALL.map((task) => [String(task['taskId']), task]))(
    'are found by id as in the list: %s',
    async (_, task) => {
      const listed = (await list({})).find(
        (one) => at(one, 'taskId') === task['taskId'] && at(one, 'provider') === task['provider'],
      )
      const { body } = await gateway.query(BY_ID, { id: textAt(listed, 'id') })
      expect(body.data).toEqual({ task: listed })
      expect(listed).toEqual({ ...task, id: textAt(listed, 'id') })
      expect(body.extensions?.upstream.calls).toBe(1)
    },
  )

  it('come the other way round when the oldest are asked for first', async () => {
    const ids = (await list({}, { direction: 'ASC' })).map((task) => at(task, 'taskId'))
    expect(ids).toEqual(ALL.map((task) => task['taskId']).reverse())
  })
})

describe('every parameter of the CDB document', () => {
  const sent = () => gateway.emulator.log.find({ service: 'cdb' }).map(({ parameters }) => parameters)
  const ofCdb = (filter: object) => list({ providers: ['CDB'], ...filter })

  it('is not needed: a question without any is one call', async () => {
    await ofCdb({})
    expect(sent()).toEqual([{ Offset: 0, Limit: expect.any(Number) as unknown }])
  })

  it.each([
    ['InstanceId', { instanceIds: ['cdb-6kd9h71i'] }, { InstanceId: 'cdb-6kd9h71i' }, ['70', '69', '68']],
    ['TaskTypes', { types: ['UPGRADE'] }, { TaskTypes: [9, 11] }, ['68']],
    ['TaskStatus', { statuses: ['FAILED'] }, { TaskStatus: [3] }, ['79', '66']],
    [
      'StartTimeBegin',
      { startedAt: { from: '2018-07-06T14:01:42Z' } },
      { StartTimeBegin: '2018-07-06 22:01:41' },
      ['79', '70', '69'],
    ],
  ])('is sent as %s', async (_, filter, parameters, ids) => {
    const tasks = await ofCdb(filter)
    expect(tasks.map((task) => at(task, 'taskId'))).toEqual(ids)
    expect(sent()).toEqual([{ ...parameters, Offset: 0, Limit: expect.any(Number) as unknown }])
  })

  it('is sent as AsyncRequestId by cdbTasksByRequest', async () => {
    const asyncRequestId = 'ea39295d-420a0b4e-a98298c7-8751e1ad'
    const { body } = await gateway.query(
      `query ($id: String!) { cdbTasksByRequest(asyncRequestId: $id) { ...Facts } } ${FACTS}`,
      { id: asyncRequestId },
    )
    expect(body.data).toEqual({ cdbTasksByRequest: [{ ...CDB_TASKS[2], id: expect.any(String) as unknown }] })
    expect(sent()).toEqual([expect.objectContaining({ AsyncRequestId: asyncRequestId })])
  })

  it('save StartTimeEnd, which is never sent: the upper end is applied here', async () => {
    const tasks = await ofCdb({ startedAt: { to: '2018-07-05T15:53:48Z' } })
    expect(tasks.map((task) => at(task, 'taskId'))).toEqual(['68', '66'])
    for (const parameters of sent()) expect(parameters).not.toHaveProperty('StartTimeEnd')
  })
})

describe('every parameter of the Postgres document', () => {
  const sent = () => gateway.emulator.log.find({ service: 'postgres' }).map(({ parameters }) => parameters)
  const ofPostgres = (filter: object, orderBy: object = {}) =>
    list({ providers: ['POSTGRES'], ...filter }, orderBy)
  const EVER = { MinStartTime: '2010-01-01 00:00:00' }
  const NEWEST = { OrderBy: 'StartTime', OrderByType: 'desc' }

  it.each([
    ['OrderBy and OrderByType', {}, { ...EVER, ...NEWEST }, 9],
    [
      'DBInstanceId',
      { instanceIds: ['postgres-q6fj84vb'] },
      { ...EVER, ...NEWEST, DBInstanceId: 'postgres-q6fj84vb' },
      7,
    ],
    [
      'MinStartTime',
      { startedAt: { from: '2024-09-27T05:09:15Z' } },
      { ...NEWEST, MinStartTime: '2024-09-27 13:09:14' },
      5,
    ],
    [
      'MaxStartTime',
      { startedAt: { to: '2024-09-27T05:09:15Z' } },
      { ...EVER, ...NEWEST, MaxStartTime: '2024-09-27 13:09:16' },
      5,
    ],
  ])('is sent as %s', async (_, filter, parameters, count) => {
    expect(await ofPostgres(filter)).toHaveLength(count)
    expect(sent()).toEqual([{ ...parameters, Offset: 0, Limit: expect.any(Number) as unknown }])
  })

  it.each([
    ['STARTED_AT', 'ASC', 'StartTime', 'asc', '120001'],
    ['ENDED_AT', 'DESC', 'EndTime', 'desc', '23'],
    ['ENDED_AT', 'ASC', 'EndTime', 'asc', '120321'],
  ])('orders by %s %s upstream', async (field, direction, by, type, first) => {
    const tasks = await ofPostgres({}, { field, direction })
    expect(at(tasks, 0, 'taskId')).toBe(first)
    expect(sent()).toContainEqual(expect.objectContaining({ OrderBy: by, OrderByType: type }))
  })

  it('is sent as TaskId by postgresTask, in all of time', async () => {
    const { body } = await gateway.query(`{ postgresTask(taskId: "120321") { ...Facts } } ${FACTS}`)
    expect(body.data).toEqual({ postgresTask: { ...POSTGRES_TASKS[1], id: expect.any(String) as unknown } })
    expect(sent()).toEqual([expect.objectContaining({ TaskId: 120_321, ...EVER })])
  })

  it('asks for all of time when a task is found by its id', async () => {
    const [first] = await ofPostgres({})
    gateway.emulator.log.clear()
    await gateway.query(BY_ID, { id: textAt(first, 'id') })
    expect(sent()).toEqual([expect.objectContaining({ TaskId: 23, ...EVER })])
  })
})
