import { at, listAt, textAt } from './support/answer'
import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const NOV_2023 = Date.UTC(2023, 10, 1) / 1000
const ENTITIES = `query ($any: [_Any!]!) {
  _entities(representations: $any) { __typename ... on Task { id taskId status } ... on DatabaseInstance { id provider } }
}`

interface Representation {
  readonly __typename: string
  readonly id: string
}

describe('the references of a router', () => {
  let gateway: TestGateway
  let tasks: readonly Representation[] = []
  beforeAll(async () => {
    const cdb = rowsFrom('cdb', 300, NOV_2023)
    const postgres = rowsFrom('postgres', 300, NOV_2023)
    const world = worldOf({ cdb: { [REGION]: cdb }, postgres: { [REGION]: postgres } })
    gateway = await startGateway({ emulator: { world } })
    const page =
      'query ($order: TaskOrder) { tasks(first: 100, orderBy: $order) { nodes { __typename id } } }'
    const { body } = await gateway.query(page, { order: { direction: 'ASC' } })
    tasks = listAt(body.data, 'tasks', 'nodes').map((node) => ({
      __typename: textAt(node, '__typename'),
      id: textAt(node, 'id'),
    }))
  })
  afterAll(() => gateway.close())

  /** The answer, and the upstream calls that it took. */
  async function measure(query: string, variables: Record<string, unknown>) {
    gateway.emulator.log.clear()
    const { body } = await gateway.query(query, variables)
    return { body, calls: gateway.emulator.log.count() }
  }

  it('of mixed kinds cost what as many ids cost', async () => {
    expect(new Set(tasks.map(({ __typename }) => __typename)).size).toBe(2)
    const ids = tasks.map(({ id }) => id)
    const byId = await measure('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    expect(byId.calls).toBeGreaterThan(0)
    // As a router sends them that knows the interface only, or that met an instance between them.
    const any = tasks.map((task, index) => (index % 2 === 0 ? task : { ...task, __typename: 'Task' }))
    const instances = any.map((_, index) => ({ __typename: 'DatabaseInstance', id: `cdb-${index}` }))
    const mixed = await measure(ENTITIES, { any: any.flatMap((task, index) => [task, instances[index]]) })
    expect(mixed.body).not.toHaveProperty('errors')
    expect(mixed.calls).toBe(byId.calls)
    const found = listAt(mixed.body.data, '_entities')
    expect(found.filter((_, index) => index % 2 === 0)).toEqual(
      tasks.map((task) => expect.objectContaining(task) as unknown),
    )
    expect(found.filter((_, index) => index % 2 === 1)).toEqual(
      instances.map((instance) => ({ ...instance, provider: 'CDB' })),
    )
  })

  it('are null in their place where nobody knows the id, without an error', async () => {
    const [gone, stays] = tasks.filter(({ __typename }) => __typename === 'PostgresTask')
    const number = await taskNumber(gone)
    gateway.emulator.world.remove('postgres', REGION, number)
    const { body } = await gateway.query(ENTITIES, {
      any: [gone, { __typename: 'DatabaseInstance', id: 'crs-redis' }, stays],
    })
    expect(body).not.toHaveProperty('errors')
    expect(body.data).toEqual({ _entities: [null, null, expect.objectContaining(stays)] })
  })

  async function taskNumber(task: Representation | undefined): Promise<number> {
    const { body } = await gateway.query(ENTITIES, { any: [task] })
    return Number(textAt(body.data, '_entities', 0, 'taskId'))
  }

  it.each([
    [
      'an id of another product',
      (id: string) => ({ __typename: 'PostgresTask', id }),
      /another product, CDB/,
    ],
    ['an id that is none', () => ({ __typename: 'Task', id: 'forged' }), /"forged"/],
    ['no key', () => ({ __typename: 'CdbTask' }), /CdbTask needs its key field id/],
    ['a key that is no text', () => ({ __typename: 'CdbTask', id: 7 }), /CdbTask needs its key field id/],
    ['a type that is no entity here', (id: string) => ({ __typename: 'Team', id }), /__typename "Team"/],
    [
      'an inherited name for its type',
      (id: string) => ({ __typename: 'toString', id }),
      /__typename "toString"/,
    ],
    ['no type', (id: string) => ({ id }), /__typename undefined/],
    ['an empty instance id', () => ({ __typename: 'DatabaseInstance', id: '' }), /id "" is no instance id/],
    ['no object', () => 7, /__typename undefined/],
  ])('that are wrong fail alone, and say how: %s', async (_, wrong, how) => {
    const right = tasks.filter(({ __typename }) => __typename === 'CdbTask').slice(0, 2)
    const [{ id }, other] = [right[0] ?? { id: '' }, right[1]]
    const { body } = await gateway.query(ENTITIES, { any: [right[0], wrong(id), other] })
    expect(body.data).toEqual({
      _entities: [expect.objectContaining(right[0]), null, expect.objectContaining(other)],
    })
    expect(told(body)).toEqual([[['_entities', 1], 'BAD_USER_INPUT']])
    expect(body.errors?.[0]?.message).toMatch(how)
  })

  it('to a source that is down fail alone, and say which it is', async () => {
    gateway.emulator.faults.add({ service: 'postgres', fault: { kind: 'status', status: 503 } })
    const cdb = tasks.find(({ __typename }) => __typename === 'CdbTask')
    const postgres = tasks.findLast(({ __typename }) => __typename === 'PostgresTask')
    const { body } = await gateway.query(ENTITIES, { any: [postgres, cdb] })
    expect(body.data).toEqual({ _entities: [null, expect.objectContaining(cdb)] })
    expect(told(body)).toEqual([[['_entities', 0], 'UPSTREAM_UNAVAILABLE']])
    expect(at(body.errors?.[0], 'extensions', 'provider')).toBe('POSTGRES')
  })
})

function told({ errors = [] }: GraphAnswer): readonly unknown[] {
  return errors.map(({ path, extensions }) => [path, extensions['code']])
}
