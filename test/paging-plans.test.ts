import { PROVIDERS } from '../src/providers'
import { planCdb, planNewer } from '../src/providers/cdb/request'
import { planBefore, planPostgres } from '../src/providers/postgres/request'
import { ownerAmong } from '../src/providers/provider'
import type { TaskFilter } from '../src/tasks/filter'
import { NEWEST_FIRST, OLDEST_FIRST } from './support/paging/desk'

const ownerOf = ownerAmong(PROVIDERS)
const second = Date.UTC(2026, 0, 15) / 1000
const cdb = (filter: TaskFilter) =>
  planCdb(filter, ownerOf).map(({ parameters, remaining }) => ({ parameters, remaining }))
const postgres = (filter: TaskFilter, order = NEWEST_FIRST) =>
  planPostgres(filter, order, ownerOf).map(({ parameters, remaining }) => ({ parameters, remaining }))
const ALL = { MinStartTime: '2010-01-01 00:00:00', OrderBy: 'StartTime', OrderByType: 'desc' }

describe('what CDB is asked', () => {
  it.each<[string, TaskFilter, object, object]>([
    ['nothing in particular', {}, {}, {}],
    ['status words that it knows', { statuses: ['FAILED', 'RUNNING'] }, { TaskStatus: [1, 3] }, {}],
    [
      'a status that it cannot be asked for',
      { statuses: ['FAILED', 'WAITING'] },
      {},
      { statuses: ['FAILED', 'WAITING'] },
    ],
    ['the status that stands for unknown words', { statuses: ['UNKNOWN'] }, {}, { statuses: ['UNKNOWN'] }],
    ['types, each with all its numbers', { types: ['ROLLBACK'] }, { TaskTypes: [1, 10] }, {}],
    ['the type that stands for unknown words', { types: ['OTHER'] }, {}, { types: ['OTHER'] }],
    [
      'a lower bound, one second wider, and never an upper one',
      { startedAt: { from: second, to: second + 9 } },
      { StartTimeBegin: '2026-01-15 07:59:59' },
      { startedAt: { from: second, to: second + 9 } },
    ],
    ['no end time', { endedAt: { from: second } }, {}, { endedAt: { from: second } }],
    ['one instance', { instanceIds: ['cdb-1', 'postgres-1'] }, { InstanceId: 'cdb-1' }, {}],
  ])('%s', (_, filter, parameters, remaining) => {
    expect(cdb(filter)).toEqual([{ parameters, remaining }])
  })

  it.each<[string, TaskFilter]>([
    ['a status that none of its tasks has', { statuses: [] }],
    ['instances of the other product', { instanceIds: ['postgres-1', 'pg-1'] }],
    ['types that none of its tasks has', { types: ['RESTORE'] }],
  ])('nothing at all for %s', (_, filter) => {
    expect(cdb(filter)).toEqual([])
  })

  it('to count what is newer than a second', () => {
    const [plan] = planCdb({ statuses: ['FAILED'] }, ownerOf)
    expect(plan && planNewer(plan, second).parameters).toEqual({
      TaskStatus: [3],
      StartTimeBegin: '2026-01-15 08:00:01',
    })
  })
})

describe('what Postgres is asked', () => {
  it.each<[string, TaskFilter, object, object]>([
    ['everything since 2010, in the order of the walk', {}, ALL, {}],
    [
      'neither status nor type',
      { statuses: ['FAILED'], types: ['OTHER'] },
      ALL,
      { statuses: ['FAILED'], types: ['OTHER'] },
    ],
    [
      'both bounds of the start, one second wider',
      { startedAt: { from: second, to: second + 9 } },
      { ...ALL, MinStartTime: '2026-01-15 07:59:59', MaxStartTime: '2026-01-15 08:00:10' },
      { startedAt: { from: second, to: second + 9 } },
    ],
    ['no end time', { endedAt: { to: second } }, ALL, { endedAt: { to: second } }],
    ['one instance', { instanceIds: ['postgres-1'] }, { ...ALL, DBInstanceId: 'postgres-1' }, {}],
  ])('%s', (_, filter, parameters, remaining) => {
    expect(postgres(filter)).toEqual([{ parameters, remaining }])
  })

  it('by the end time where that is the order', () => {
    const [plan] = postgres({}, { field: 'ENDED_AT', direction: 'ASC' })
    expect(plan?.parameters).toEqual({ ...ALL, OrderBy: 'EndTime', OrderByType: 'asc' })
  })

  it.each([
    [NEWEST_FIRST, { MinStartTime: '2026-01-15 08:00:01' }],
    [OLDEST_FIRST, { MaxStartTime: '2026-01-15 07:59:59' }],
  ])('to count what stands before a second', (order, bound) => {
    const [plan] = planPostgres({}, order, ownerOf)
    expect(plan && planBefore(plan, second)?.parameters).toMatchObject(bound)
  })
})

describe.each(['cdb', 'postgres'])('instances of %s', (service) => {
  const plans = service === 'cdb' ? cdb : postgres
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `${service}-${index}`).sort()

  it('are a list each up to eight, in a steady order and without doubles', () => {
    expect(plans({ instanceIds: [...ids(8), ...ids(3)] })).toHaveLength(8)
  })

  it('are looked for in one list beyond that', () => {
    expect(plans({ instanceIds: ids(9) })).toMatchObject([{ remaining: { instanceIds: ids(9) } }])
  })
})
