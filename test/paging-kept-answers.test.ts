import { startEmulator, type Emulator } from '../src/emulator/start'
import { createEmptyWorld } from '../src/emulator/world/create-world'
import type { TaskFilter } from '../src/tasks/filter'
import type { TaskOrder } from '../src/tasks/order'
import { startGateway, type TestGateway } from './support/gateway'
import { LAST_ENDED_FIRST, NEWEST_FIRST } from './support/paging/desk'
import type { Place } from './support/paging/direct-gateway'
import { BEGIN_SECOND } from './support/paging/draw-world'
import { askOverHttp } from './support/paging/http-gateway'
import { STATUSES, TYPES, type ModelRow } from './support/paging/model-row'
import { ModelWorld } from './support/paging/model-world'

const SIZE = 80
const POSTGRES: Place = { service: 'postgres', region: 'ap-guangzhou' }
const CDB: Place = { service: 'cdb', region: 'ap-guangzhou' }
const OTHER_CDB: Place = { service: 'cdb', region: 'ap-shanghai' }

describe('a walk through answers of different ages', () => {
  let nowMs = 0
  let emulator: Emulator
  let gateway: TestGateway
  let model: ModelWorld

  beforeEach(async () => {
    nowMs = BEGIN_SECOND * 1000
    const now = () => nowMs
    emulator = await startEmulator({ world: createEmptyWorld(), now, quotas: 'off' })
    model = new ModelWorld({}, 1, emulator.world)
    const regions = `${CDB.region},${OTHER_CDB.region}`
    const env = { TASK_GATEWAY_CACHE_TTL_MS: '1000', TASK_GATEWAY_CDB_REGIONS: regions }
    gateway = await startGateway({ now, inFrontOf: emulator, env })
  })
  afterEach(async () => {
    await gateway.close()
    await emulator.close()
  })

  /** A task that began so many seconds ago, and ended a second later. */
  function put(place: Place, id: number, secondsAgo: number, changes: Partial<ModelRow> = {}): ModelRow {
    const start = BEGIN_SECOND - secondsAgo
    const [[status], [type]] = [STATUSES[place.service], TYPES[place.service]]
    if (status === undefined || type === undefined) throw new Error('the product has no words')
    const row = {
      ...place,
      id,
      start,
      end: start + 1,
      status,
      type,
      instances: [],
      hasNumber: true,
      ...changes,
    }
    model.insert(row)
    return row
  }

  async function page(order: TaskOrder, filter: TaskFilter, after: string | null, size = SIZE) {
    const { tasks, endCursor, hasNext } = await askOverHttp(gateway)(
      { page: { first: size, after }, filter, order },
      [],
    )
    return { ids: tasks.map(({ id }) => Number(id)), next: hasNext ? endCursor : null }
  }

  async function walk(order: TaskOrder, filter: TaskFilter, size = SIZE): Promise<readonly number[]> {
    const found: number[] = []
    for (let after: string | null = null; ;) {
      const { ids, next } = await page(order, filter, after, size)
      found.push(...ids)
      if (next === null) return found
      after = next
    }
  }

  it.each([
    ['both ends of the list', 250, 80],
    ['the two halves of one page', 100, 100],
  ])('by end time does not miss what ended between the answers about %s', async (_, count, size) => {
    for (let id = 1; id <= count; id++) put(POSTGRES, id, 10 * id)
    const unfinished = put(POSTGRES, 1000, 60, { end: null })
    const filter: TaskFilter = { providers: ['POSTGRES'] }
    await page(LAST_ENDED_FIRST, filter, null, 20)
    nowMs += 100
    model.change(unfinished, { end: BEGIN_SECOND })
    nowMs += 100
    const found = await walk(LAST_ENDED_FIRST, filter, size)
    expect(found.filter((id) => id === 1000)).toEqual([1000])
    expect(new Set(found).size).toBe(count + 1)
  })

  it('does not go on with an answer from before the task began that came first', async () => {
    for (let id = 1; id <= 150; id++) put(CDB, id, 10 * id)
    put(OTHER_CDB, 500, 1)
    const unbegun = put(CDB, 1000, 0, { start: null, end: null })
    const both: TaskFilter = { providers: ['CDB'] }
    const one: TaskFilter = { ...both, regions: [CDB.region] }
    await page(NEWEST_FIRST, one, null)
    nowMs += 400
    const { next } = await page(NEWEST_FIRST, both, null)
    nowMs += 50
    expect((await page(NEWEST_FIRST, both, next)).ids).toContain(1000)
    nowMs += 50
    model.change(unbegun, { start: BEGIN_SECOND })
    // The rows behind the first page stand where they stood.
    const first = model.get(`${CDB.service} ${CDB.region} 1`)
    if (first !== undefined) model.remove(first)
    nowMs += 550
    const found = await walk(NEWEST_FIRST, both)
    expect(found.filter((id) => id === 1000)).toEqual([1000])
  })
})
