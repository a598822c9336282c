import { parseBeijingTime } from '../src/tencent/time'
import { CDB_DOCUMENTED_ROWS } from '../src/emulator/world/cdb-documented-rows'
import { createEmptyWorld, createWorld } from '../src/emulator/world/create-world'
import {
  POSTGRES_DOCUMENTED_ROWS,
  POSTGRES_ROWS_BY_ID,
  POSTGRES_ROWS_BY_INSTANCE,
} from '../src/emulator/world/postgres-documented-rows'
import type { Service } from '../src/emulator/world/products'
import { REGIONS } from '../src/emulator/world/regions'
import type { World } from '../src/emulator/world/world'
import { idsOf, refusalOf, rowsOf } from './support/emulated-answer'

const GUANGZHOU = 'ap-guangzhou'
const OCTOBER_2024_MS = Date.parse('2024-10-01T00:00:00+08:00')

function at(time: string): number {
  return (parseBeijingTime(time) ?? NaN) * 1000
}

/** A text stands for itself, brackets and all. */
function saying(message: string | RegExp): unknown {
  return typeof message === 'string' ? message : expect.stringMatching(message)
}

function fill(world: World, service: Service, rows: readonly Readonly<Record<string, unknown>>[]): World {
  for (const row of rows) world.insert(service, GUANGZHOU, row)
  return world
}

describe("the documents' examples", () => {
  const cdb = fill(createEmptyWorld(), 'cdb', CDB_DOCUMENTED_ROWS)
  const postgres = fill(createEmptyWorld(), 'postgres', POSTGRES_DOCUMENTED_ROWS)

  it('answers the CDB example with the rows as printed, in their order', () => {
    const { Response } = cdb.describe('cdb', null, {}, OCTOBER_2024_MS)
    expect(Object.keys(Response)).toEqual(['TotalCount', 'Items', 'RequestId'])
    expect(Response).toMatchObject({ TotalCount: 5, Items: CDB_DOCUMENTED_ROWS })
  })

  it('answers the Postgres example by id as printed', () => {
    const answer = postgres.describe('postgres', GUANGZHOU, { TaskId: 120321, Limit: 1 }, OCTOBER_2024_MS)
    expect(Object.keys(answer.Response)).toEqual(['RequestId', 'TaskSet', 'TotalCount'])
    expect(answer.Response).toMatchObject({ TaskSet: POSTGRES_ROWS_BY_ID, TotalCount: 1 })
  })

  it('answers the Postgres example by instance with the rows as printed, in their order', () => {
    const own = fill(createEmptyWorld(), 'postgres', POSTGRES_ROWS_BY_INSTANCE)
    const parameters = { DBInstanceId: 'postgres-q6fj84vb', Limit: 20 }
    const { Response } = own.describe('postgres', GUANGZHOU, parameters, OCTOBER_2024_MS)
    expect(Response).toMatchObject({ TaskSet: POSTGRES_ROWS_BY_INSTANCE, TotalCount: 6 })
  })

  it('has every documented row in the generated world too', () => {
    const world = createWorld({ nowMs: Date.parse('2026-01-01'), moving: false })
    expect(world.rows('cdb', GUANGZHOU).filter((row) => CDB_DOCUMENTED_ROWS.includes(row))).toHaveLength(5)
    const served = world.rows('postgres', GUANGZHOU).filter((row) => POSTGRES_DOCUMENTED_ROWS.includes(row))
    expect(served).toHaveLength(9)
  })
})

describe('CDB filters', () => {
  const world = fill(createEmptyWorld(), 'cdb', [
    { JobId: 1, StartTime: '2026-01-01 00:00:00', TaskStatus: 'RUNNING', TaskType: 'REBOOT', EndTime: '' },
    { JobId: 2, StartTime: '2026-01-01 00:00:01', InstanceIds: ['cdb-aaaaaaaa', 'cdb-bbbbbbbb'] },
    { JobId: 3, StartTime: '2026-01-01 00:00:02', InstanceIds: ['cdb-bbbbbbbb'], AsyncRequestId: 'x-y' },
    { JobId: 4, StartTime: '2026-01-01 00:00:03', TaskStatus: 'WAITING', TaskType: 'SWITCH FOR UPGRADE' },
    { JobId: 5, StartTime: '0000-00-00 00:00:00', TaskStatus: 'INITIAL', TaskType: 'ROLLBACK', EndTime: '' },
  ])
  const ask = (parameters: unknown) => world.describe('cdb', GUANGZHOU, parameters, at('2026-02-01 00:00:00'))

  it.each([
    ['nothing', {}, [4, 3, 2, 1, 5]],
    ['empty lists', { TaskTypes: [], TaskStatus: [] }, [4, 3, 2, 1, 5]],
    ['an instance among several', { InstanceId: 'cdb-bbbbbbbb' }, [3, 2]],
    ['a request', { AsyncRequestId: 'x-y' }, [3]],
    ['a type by its number', { TaskTypes: [7] }, [1]],
    ['statuses by their numbers', { TaskStatus: [0, 1] }, [1, 5]],
    [
      'both ends of a window',
      { StartTimeBegin: '2026-01-01 00:00:01', StartTimeEnd: '2026-01-01 00:00:02' },
      [3, 2],
    ],
    ['several at once', { InstanceId: 'cdb-bbbbbbbb', StartTimeBegin: '2026-01-01 00:00:02' }, [3]],
    ['an empty text, which is none', { InstanceId: '' }, [4, 3, 2, 1, 5]],
    ['null, which is none', { TaskTypes: null, InstanceId: null }, [4, 3, 2, 1, 5]],
  ])('lists by %s', (_name, parameters, ids) => {
    expect(idsOf(ask(parameters))).toEqual(ids)
    expect(ask(parameters).Response['TotalCount']).toBe(ids.length)
  })

  it('counts before it cuts the page, and has an empty page past the end', () => {
    expect(ask({ Offset: 1, Limit: 2 }).Response).toMatchObject({
      TotalCount: 5,
      Items: [{ JobId: 3 }, { JobId: 2 }],
    })
    expect(ask({ Offset: 5 }).Response).toMatchObject({ TotalCount: 5, Items: [] })
  })

  it.each([
    [{ Foo: 1 }, 'UnknownParameter', 'The parameter `Foo` is not recognized.'],
    [{ constructor: 1 }, 'UnknownParameter', 'The parameter `constructor` is not recognized.'],
    [{ TaskId: 1 }, 'UnknownParameter', 'The parameter `TaskId` is not recognized.'],
    [{ Limit: '5' }, 'InvalidParameter', /`Limit` is not valid, input type should be `int64`/],
    [{ Limit: 1.5 }, 'InvalidParameter', /`Limit`/],
    [{ InstanceId: 5 }, 'InvalidParameter', /`InstanceId` is not valid, input type should be `string`/],
    [{ TaskTypes: 1 }, 'InvalidParameter', /`TaskTypes`/],
    [{ TaskTypes: [1, 'x'] }, 'InvalidParameter', /`TaskTypes.1` is not valid, input type should be `int64`/],
    [
      { TaskTypes: [4] },
      'InvalidParameterValue',
      'The value `4` specified in the parameter `TaskTypes` is not valid.',
    ],
    [{ TaskStatus: [7] }, 'InvalidParameterValue', /`7`.*`TaskStatus`/],
    [{ Limit: 0 }, 'InvalidParameterValue', /`0`.*`Limit`/],
    [{ Limit: 101 }, 'InvalidParameterValue', /`101`.*`Limit`/],
    [{ Offset: -1 }, 'InvalidParameter', 'The value type of parameter `Offset` is not valid.'],
    [{ StartTimeBegin: '2026-01-01' }, 'InvalidParameterValue.DataConvertError', /StartTimeBegin/],
    [{ StartTimeEnd: '2026-02-30 00:00:00' }, 'InvalidParameterValue.DataConvertError', /StartTimeEnd/],
    [{ InstanceId: 'cdb-unknown0' }, 'InvalidParameter.InstanceNotFound', 'The instance does not exist.'],
    [[], 'InvalidParameter', /not a JSON object/],
    [null, 'InvalidParameter', /not a JSON object/],
  ])('refuses %j with %s', (parameters, code, message) => {
    expect(refusalOf(ask(parameters))).toEqual([code, saying(message)])
  })

  it('still knows the instance of a task that is gone', () => {
    const other = fill(createEmptyWorld(), 'cdb', [{ JobId: 1, InstanceIds: ['cdb-gone0000'] }])
    other.remove('cdb', GUANGZHOU, 1)
    const answer = other.describe('cdb', GUANGZHOU, { InstanceId: 'cdb-gone0000' }, 0)
    expect(answer.Response).toMatchObject({ TotalCount: 0, Items: [] })
  })
})

describe('Postgres filters', () => {
  const big = 9_007_199_254_740_993n
  const world = fill(createEmptyWorld(), 'postgres', [
    { TaskId: 1, StartTime: '2025-01-01 00:00:00', EndTime: '2025-01-01 00:00:09' },
    {
      TaskId: 2,
      StartTime: '2026-01-01 00:00:00',
      EndTime: '2026-01-02 00:00:00',
      DBInstanceId: 'postgres-aaaaaaaa',
    },
    { TaskId: 3, StartTime: '2026-01-01 00:00:01', EndTime: '', Status: 'Running' },
    { TaskId: big, StartTime: '2026-01-01 00:00:01', EndTime: '2026-01-01 00:01:00' },
    { TaskId: big + 1n, StartTime: '2026-03-01 00:00:00', EndTime: '2026-03-01 00:01:00' },
  ])
  const now = at('2026-02-01 00:00:00')
  const ask = (parameters: unknown) => world.describe('postgres', GUANGZHOU, parameters, now)
  const old = '2010-01-01 00:00:00'

  it.each([
    ['180 days back from now', {}, [big, 3, 2]],
    ['an older lower end', { MinStartTime: old }, [big, 3, 2, 1]],
    ['both ends', { MinStartTime: old, MaxStartTime: '2026-01-01 00:00:00' }, [2, 1]],
    ['an upper end after now', { MaxStartTime: '2026-04-01 00:00:00' }, [big + 1n, big, 3, 2]],
    ['start, oldest first', { OrderByType: 'asc' }, [2, 3, big]],
    ['end, newest first', { OrderBy: 'EndTime' }, [2, big, 3]],
    ['end, oldest first', { OrderBy: 'EndTime', OrderByType: 'asc' }, [3, big, 2]],
    ['an instance', { DBInstanceId: 'postgres-aaaaaaaa' }, [2]],
    ['an instance that nobody knows', { DBInstanceId: 'postgres-unknown0' }, []],
    ['an exact id beyond 2^53', { TaskId: big }, [big]],
    ['an id that is nearly another', { TaskId: big - 1n }, []],
    ['an old id alone', { TaskId: 1 }, []],
    ['an old id with its window', { TaskId: 1, MinStartTime: old }, [1]],
    ['a window that ends before it begins', { MinStartTime: '2026-01-02 00:00:00', MaxStartTime: old }, []],
  ])('lists by %s', (_name, parameters, ids) => {
    expect(idsOf(ask(parameters))).toEqual(ids)
    expect(ask(parameters).Response['TotalCount']).toBe(ids.length)
  })

  it('goes back 180 days to the second when it is not told how far', () => {
    const edge = createEmptyWorld()
    edge.insert('postgres', GUANGZHOU, { TaskId: 1, StartTime: '2025-08-05 00:00:00' })
    edge.insert('postgres', GUANGZHOU, { TaskId: 2, StartTime: '2025-08-04 23:59:59' })
    expect(idsOf(edge.describe('postgres', GUANGZHOU, {}, now))).toEqual([1])
  })

  it('gives the count alone for Limit 0', () => {
    expect(ask({ Limit: 0 }).Response).toMatchObject({ TotalCount: 3, TaskSet: [] })
  })

  const wrong = 'InvalidParameterValue.InvalidParameterValueError'
  it.each([
    [{ Limit: 101 }, wrong, 'The Limit parameter value is invalid and should meet the rule: [0,100]'],
    [{ Limit: -1 }, wrong, /Limit/],
    [{ Offset: -1 }, wrong, /Offset/],
    [
      { OrderBy: 'TaskId' },
      wrong,
      'The OrderBy parameter value is invalid and should meet the rule: [StartTime,EndTime]',
    ],
    [{ OrderByType: 'DESC' }, wrong, /OrderByType/],
    [{ MinStartTime: 'yesterday' }, wrong, /MinStartTime/],
    [{ TaskId: '5' }, 'InvalidParameter', /`TaskId` is not valid, input type should be `uint64`/],
    [{ TaskId: -5 }, 'InvalidParameter', /`TaskId`/],
    [{ TaskId: 2n ** 64n }, 'InvalidParameter', /`TaskId`/],
    [{ InstanceId: 'x' }, 'UnknownParameter', /`InstanceId`/],
  ])('refuses %p with %s', (parameters, code, message) => {
    expect(refusalOf(ask(parameters))).toEqual([code, saying(message)])
  })
})

describe('regions', () => {
  const world = createEmptyWorld()
  world.insert('cdb', GUANGZHOU, { JobId: 1 })

  it('takes a CDB call without a region for ap-guangzhou, and keeps regions apart', () => {
    expect(idsOf(world.describe('cdb', null, {}, 0))).toEqual([1])
    expect(idsOf(world.describe('cdb', 'ap-shanghai', {}, 0))).toEqual([])
  })

  it('knows every documented region', () => {
    const refused = REGIONS.filter((region) => refusalOf(world.describe('postgres', region, {}, 0)) !== null)
    expect(refused).toEqual([])
  })

  it.each([
    ['postgres', null, 'MissingParameter', 'The request is missing a required parameter `Region`.'],
    ['cdb', '', 'InvalidParameterValue', /X-TC-Region/],
    ['cdb', 'moon-1', 'UnsupportedRegion', /moon-1/],
  ] as const)('refuses %s in %j with %s', (service, region, code, message) => {
    expect(refusalOf(world.describe(service, region, {}, 0))).toEqual([code, saying(message)])
  })
})

describe('the script of a world', () => {
  it('puts a late arrival where its start time says, and the newest at the head', () => {
    const world = createEmptyWorld()
    const first = world.insert('cdb', GUANGZHOU, { StartTime: '2026-01-01 00:00:00' })
    const second = world.insert('cdb', GUANGZHOU, { StartTime: '2026-01-01 00:00:09' })
    expect(idsOf(world.describe('cdb', null, {}, 0))).toEqual([second, first])
    const late = world.insert('cdb', GUANGZHOU, { StartTime: '2026-01-01 00:00:05' })
    const newest = world.insert('cdb', GUANGZHOU, { StartTime: '2026-01-01 00:00:10' })
    expect(idsOf(world.describe('cdb', null, {}, 0))).toEqual([newest, second, late, first])
    expect(new Set([first, second, late, newest]).size).toBe(4)
  })

  it('changes any field, moves a row whose time changed, and takes rows away', () => {
    const world = fill(createEmptyWorld(), 'postgres', [
      { TaskId: 1, StartTime: '2026-01-01 00:00:01', EndTime: '', Status: 'Running' },
      { TaskId: 2, StartTime: '2026-01-01 00:00:02' },
      { TaskId: 3, StartTime: '2026-01-01 00:00:03' },
    ])
    const ask = (more = {}) => world.describe('postgres', GUANGZHOU, more, at('2026-01-02 00:00:00'))
    expect(idsOf(ask({ OrderBy: 'EndTime', OrderByType: 'asc' }))[0]).toBe(1)
    world.change('postgres', GUANGZHOU, 1, { Status: 'Success', EndTime: '2026-01-01 01:00:00' })
    expect(idsOf(ask({ OrderBy: 'EndTime', OrderByType: 'asc' }))[2]).toBe(1)
    expect(rowsOf(ask())[2]).toMatchObject({ TaskId: 1, Status: 'Success' })
    world.remove('postgres', GUANGZHOU, 2)
    expect(idsOf(ask())).toEqual([3, 1])
    expect(world.ageOut('postgres', GUANGZHOU, 1)).toEqual([1])
    expect(idsOf(ask())).toEqual([3])
  })

  it('makes rows without an id, and rows without a field', () => {
    const world = createEmptyWorld()
    world.insert('cdb', GUANGZHOU, { JobId: null, EndTime: undefined })
    const [row] = rowsOf(world.describe('cdb', null, {}, 0))
    expect(row).toMatchObject({ JobId: null })
    expect(JSON.stringify(row)).not.toContain('EndTime')
  })

  it('refuses a second task with one id, and a change to none', () => {
    const world = createEmptyWorld()
    world.insert('cdb', GUANGZHOU, { JobId: 5 })
    expect(() => world.insert('cdb', GUANGZHOU, { JobId: 5n })).toThrow(
      'there is a task 5 in this list already',
    )
    expect(() => world.change('cdb', GUANGZHOU, 6, {})).toThrow('there is no task 6 in this list')
    expect(() => world.remove('cdb', 'ap-shanghai', 5)).toThrow('there is no task 5')
  })
})
