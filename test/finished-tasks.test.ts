import { at, textAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const START = '2024-09-27 13:14:11'
const END = '2024-09-27 13:20:00'

let gateway: TestGateway
let nowMs: number
let world: ReturnType<typeof worldOf>
beforeEach(async () => {
  nowMs = Date.now()
  world = worldOf({
    cdb: { [REGION]: [{ JobId: 1, StartTime: START, EndTime: END, TaskStatus: 'SUCCEED' }] },
    postgres: { [REGION]: [{ TaskId: 2, StartTime: START, EndTime: END, Status: 'Fail' }] },
  })
  const env = { TASK_GATEWAY_CACHE_TTL_MS: '1000' }
  gateway = await startGateway({ emulator: { world }, env, now: () => nowMs })
})
afterEach(() => gateway.close())

const statusOf = async (id: string): Promise<string> => {
  const { body } = await gateway.query('query ($id: ID!) { task(id: $id) { status } }', { id })
  return textAt(body.data, 'task', 'status')
}
const listed = async (field: string) => {
  nowMs += 1500
  const { body } = await gateway.query(`{ ${field} { nodes { id status } } }`)
  return at(body.data, field, 'nodes', 0)
}

it.each([
  ['cdb', 'cdbTasks', 1, 'SUCCEEDED', { TaskStatus: 'RUNNING', EndTime: '' }, 'RUNNING'],
  ['cdb', 'cdbTasks', 1, 'SUCCEEDED', { TaskStatus: 'RUNNING' }, 'RUNNING'],
  ['cdb', 'cdbTasks', 1, 'SUCCEEDED', { TaskStatus: 'REMOVED' }, 'REMOVED'],
  ['postgres', 'postgresTasks', 2, 'FAILED', { Status: 'Running', EndTime: '' }, 'RUNNING'],
] as const)(
  'shows a task of %s by its id as the newest answer does, whatever %s showed before: %i',
  async (service, field, number, before, row, after) => {
    const id = textAt(await listed(field), 'id')
    expect(await statusOf(id)).toBe(before)
    world.change(service, REGION, number, row)
    nowMs += 1500
    gateway.emulator.log.clear()
    expect(await statusOf(id)).toBe(before)
    expect(gateway.emulator.log.count()).toBe(0)
    expect(await listed(field)).toEqual({ id, status: after })
    expect(await statusOf(id)).toBe(after)
  },
)
