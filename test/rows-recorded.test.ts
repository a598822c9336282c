import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WireRow } from '../src/emulator/world/row'
import { parseJson } from '../src/tencent/json'
import { listAt } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { FACTS } from './support/task-fields'
import { worldOf } from './support/worlds'

/** A row in a recorded shape, and the task that it must become. */
interface RecordedRow {
  /** Where the shape is from, or what is odd about it. */
  readonly about: string
  readonly service: 'cdb' | 'postgres'
  readonly row: WireRow
  readonly task: unknown
}

const FOLDER = join(__dirname, 'fixtures', 'rows')
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ emulator: { world: worldOf({}) } })
})
afterEach(() => gateway.emulator.faults.clear())
afterAll(() => gateway.close())

it.each(FILES)('%s becomes the task that stands beside it', async (file) => {
  const { service, row, task } = parseJson(readFileSync(join(FOLDER, file), 'utf8')) as RecordedRow
  const [rows, field] = service === 'cdb' ? ['Items', 'cdbTasks'] : ['TaskSet', 'postgresTasks']
  const fields = { TotalCount: 1, [rows]: [row] }
  gateway.emulator.faults.add({ service, fault: { kind: 'response', fields } })
  const { body } = await gateway.query(
    `{ ${field} { nodes { ...Facts } sources { error { code } } } } ${FACTS}`,
  )
  expect(body).toMatchObject({ data: { [field]: { sources: [{ error: null }] } } })
  const [shown] = listAt(body.data, field, 'nodes')
  expect(shown).toEqual({ ...(task as object), id: expect.any(String) as unknown })
})
