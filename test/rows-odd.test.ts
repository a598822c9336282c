import { at, listAt } from './support/answer'
import { closeAll, LIST, onlyTask, over } from './support/rows'

afterEach(closeAll)

describe('a time', () => {
  it.each(['', '0000-00-00 00:00:00', null, undefined, '2024-02-30 00:00:00', 'soon', 20240101])(
    'that says nothing is null: %j',
    async (EndTime) => {
      const task = await onlyTask({ cdb: [{ JobId: 7, TaskStatus: 'RUNNING', EndTime }] })
      expect(task).toMatchObject({ endedAt: null, durationSeconds: null, isFinished: false })
    },
  )

  it('is Beijing time, over the ends of days and years', async () => {
    const times = { StartTime: '2024-01-01 07:59:59', EndTime: '2024-02-29 08:00:00' }
    expect(await onlyTask({ cdb: [{ JobId: 7, ...times }] })).toMatchObject({
      startedAt: '2023-12-31T23:59:59.000Z',
      endedAt: '2024-02-29T00:00:00.000Z',
      durationSeconds: 60 * 86_400 + 1 - 86_400,
    })
  })

  it.each([
    ['RUNNING', '1970-01-01 08:00:00'],
    ['RUNNING', '2024-09-27 13:14:11'],
    ['RUNNING', '2999-01-01 00:00:00'],
    ['PAUSED', '2024-09-27 13:14:11'],
    ['WAITING', '1970-01-01 08:00:01'],
    ['UNDEFINED', '2999-01-01 00:00:00'],
  ])('of an end is not believed with the status %s: %s', async (TaskStatus, EndTime) => {
    const row = { JobId: 7, TaskStatus, StartTime: '2024-09-27 13:14:11', EndTime }
    expect(await onlyTask({ cdb: [row] })).toMatchObject({
      isFinished: false,
      endedAt: null,
      durationSeconds: null,
    })
  })

  it.each([
    ['SUCCEED', '2024-09-27 13:14:21', 10],
    ['UNDEFINED', '2024-09-27 13:14:21', 10],
    ['REMOVED', '2024-09-27 13:14:21', 10],
    ['FAILED', '1970-01-01 08:00:00', null],
    ['KILLED', '0000-00-00 00:00:00', null],
    ['SUCCEED', '1970-01-01 00:00:00', null],
  ])('of an end with the status %s finishes a task: %s', async (TaskStatus, EndTime, durationSeconds) => {
    const row = { JobId: 7, TaskStatus, StartTime: '2024-09-27 13:14:11', EndTime }
    expect(await onlyTask({ cdb: [row] })).toMatchObject({ isFinished: true, durationSeconds })
  })

  it('in a form that no document has is read where it has but one meaning, else counted and logged once', async () => {
    const gateway = await over({
      cdb: [
        { JobId: 9, StartTime: '2024-09-27T05:14:12Z' },
        { JobId: 8, StartTime: 1727414051 },
        { JobId: 7, StartTime: '2024-09-27 13:14:10.750' },
        { JobId: 6, StartTime: '09/27/2024 13:14' },
        { JobId: 5, StartTime: '09/27/2023 01:02' },
      ],
    })
    const { body } = await gateway.query('{ cdbTasks { nodes { taskId startedAt } } }')
    expect(at(body.data, 'cdbTasks', 'nodes')).toEqual([
      { taskId: '9', startedAt: '2024-09-27T05:14:12.000Z' },
      { taskId: '8', startedAt: '2024-09-27T05:14:11.000Z' },
      { taskId: '7', startedAt: '2024-09-27T05:14:10.000Z' },
      { taskId: '6', startedAt: null },
      { taskId: '5', startedAt: null },
    ])
    expect(await gateway.metrics()).toContain(
      'task_gateway_unknown_words_total{provider="CDB",kind="time"} 2',
    )
    expect(gateway.lines.filter((line) => line.includes('00/00/0000 00:00'))).toHaveLength(1)
  })
})

describe('numbers that are sent as texts', () => {
  it('are read in both products, and in the count of a list', async () => {
    const gateway = await over({ cdb: [{ JobId: 7 }], postgres: [{ TaskId: 8 }] })
    gateway.emulator.faults.add({
      oddity: { kind: 'row', fields: { JobId: '7', TaskId: '8', Progress: '40' } },
    })
    for (const service of ['cdb', 'postgres'])
      gateway.emulator.faults.add({ service, oddity: { kind: 'count', asText: true } })
    const { body } = await gateway.query(LIST)
    const tasks = listAt(body.data, 'tasks', 'nodes').map((task) => [
      at(task, 'taskId'),
      at(task, 'progress'),
    ])
    expect(tasks.sort()).toEqual([
      ['7', 40],
      ['8', 40],
    ])
    expect(at(body.data, 'tasks', 'totalCount')).toBe(2)
  })
})

describe('a detail that is nested deeper than it can be served', () => {
  const start = '2024-01-01 08:00:00'
  const nested = (open: string, inside: string, close: string): string =>
    open.repeat(9000) + inside + close.repeat(9000)
  const objects = nested('{"a":', '1', '}')
  const numbers = nested('[', '12345678901234567890', ']')
  const LONG_LIST = '{ postgresTasks { nodes { input output steps { name } } sources { error { code } } } }'

  it.each([
    ['objects', { Input: objects, Output: '1' }, { input: objects, output: 1, steps: [] }],
    ['a number beyond 2^53', { Input: numbers }, { input: numbers, output: null, steps: [] }],
    ['steps', { AllSteps: nested('[', '', ']') }, { input: null, output: null, steps: [] }],
    ['no text', `{"Input":${objects}}`, { input: null, output: null, steps: [] }],
  ])('is its text, or null where it is none: %s', async (_, detail, shown) => {
    const gateway = await over({})
    const json = typeof detail === 'string' ? detail : JSON.stringify(detail)
    const row = `{"TaskId":7,"StartTime":"${start}","TaskDetail":${json}}`
    const text = `{"Response":{"TotalCount":1,"TaskSet":[${row}],"RequestId":"r"}}`
    gateway.emulator.faults.add({ fault: { kind: 'badJson', text } })
    const { status, body } = await gateway.query(LONG_LIST)
    expect(status).toBe(200)
    expect(body.data).toEqual({ postgresTasks: { nodes: [shown], sources: [{ error: null }] } })
  })
})

describe('a row that is null', () => {
  it.each(['cdb', 'postgres'] as const)(
    'of %s is left out and counted, and the others live',
    async (service) => {
      const gateway = await over({ [service]: [{}, {}] })
      const field = service === 'cdb' ? 'Items' : 'TaskSet'
      const row = service === 'cdb' ? { JobId: 7 } : { TaskId: 7 }
      const fault = { kind: 'response', fields: { [field]: [null, row] } } as const
      gateway.emulator.faults.add({ service, fault })
      const { body } = await gateway.query(LIST)
      expect(body.data).toMatchObject({ tasks: { nodes: [{ taskId: '7' }], totalCount: null } })
      expect(await gateway.metrics()).toMatch(/task_gateway_rows_left_out_total\{.*\} 1/)
    },
  )
})
