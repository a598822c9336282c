import fc from 'fast-check'
import { ASSUMPTIONS, assume, type Assumptions } from '../src/emulator/assumptions'
import { createEmptyWorld } from '../src/emulator/world/create-world'
import type { Service } from '../src/emulator/world/products'
import { parseBeijingTime } from '../src/tencent/time'
import { idsOf, refusalOf } from './support/emulated-answer'

const GUANGZHOU = 'ap-guangzhou'
const NOW_MS = Date.parse('2026-06-01T12:00:00+08:00')
const SECOND = '2026-06-01 00:00:00'
const LATER = '2026-06-01 00:00:01'

/** Four tasks of one second, one that has not begun, one not finished. */
function worldUnder(assumptions: Partial<Assumptions>, service: Service) {
  const world = createEmptyWorld({ seed: 4, assumptions })
  const id = service === 'cdb' ? 'JobId' : 'TaskId'
  for (const number of [1, 2, 3, 4]) {
    world.insert(service, GUANGZHOU, {
      [id]: number,
      StartTime: SECOND,
      EndTime: `2026-06-01 00:00:0${number}`,
    })
  }
  world.insert(service, GUANGZHOU, { [id]: 5, StartTime: '', EndTime: '' })
  world.insert(service, GUANGZHOU, { [id]: 6, StartTime: LATER, EndTime: '' })
  return (parameters: object) => world.describe(service, GUANGZHOU, parameters, NOW_MS)
}

describe('the table of assumptions', () => {
  it('is in force without changes, and each row can be changed to what it names', () => {
    const inForce = Object.entries(assume())
    expect(inForce).toEqual(Object.entries(ASSUMPTIONS).map(([name, { assumed }]) => [name, assumed]))
    expect(assume({ cdbTies: 'hash' })).toEqual({ ...assume(), cdbTies: 'hash' })
    for (const { sentence, otherwise } of Object.values(ASSUMPTIONS)) {
      expect(sentence).toMatch(/^[A-Z].*\.$/)
      expect(otherwise.length).toBeGreaterThan(0)
    }
  })

  it.each<[Partial<Assumptions>, object, readonly number[]]>([
    [{}, {}, [6, 4, 3, 2, 1, 5]],
    [{ cdbTies: 'idAscending' }, {}, [6, 1, 2, 3, 4, 5]],
    [{ missingStartTime: 'highest' }, {}, [5, 6, 4, 3, 2, 1]],
    [{ cdbStartTimeBegin: 'exclusive' }, { StartTimeBegin: SECOND }, [6]],
    [{ cdbStartTimeEnd: 'exclusive' }, { StartTimeEnd: LATER }, [4, 3, 2, 1]],
    [{ cdbStartTimeEndBounds: 'endTime' }, { StartTimeEnd: '2026-06-01 00:00:02' }, [2, 1]],
    [{ notBegunInWindow: 'kept' }, { StartTimeBegin: LATER }, [6, 5]],
    [{ cdbUnknownInstance: 'empty' }, { InstanceId: 'cdb-unknown0' }, []],
    [{ limitOutOfRange: 'cut' }, { Limit: 0 }, [6]],
    [{ limitOutOfRange: 'cut' }, { Limit: 1000 }, [6, 4, 3, 2, 1, 5]],
  ])('lists CDB under %j asked for %j as %j', (assumptions, parameters, ids) => {
    expect(idsOf(worldUnder(assumptions, 'cdb')(parameters))).toEqual(ids)
  })

  const asc = { OrderByType: 'asc' }
  it.each<[Partial<Assumptions>, object, readonly number[]]>([
    [{}, {}, [6, 4, 3, 2, 1]],
    [{}, asc, [1, 2, 3, 4, 6]],
    [{ postgresTies: 'idAscending' }, {}, [6, 1, 2, 3, 4]],
    [{ postgresTies: 'idDescending' }, asc, [4, 3, 2, 1, 6]],
    [{ missingEndTime: 'highest' }, { OrderBy: 'EndTime' }, [6, 4, 3, 2, 1]],
    [{ missingEndTime: 'highest' }, { OrderBy: 'EndTime', ...asc }, [1, 2, 3, 4, 6]],
    [{ notBegunInWindow: 'kept' }, asc, [5, 1, 2, 3, 4, 6]],
    [{ postgresMinStartTime: 'exclusive' }, { MinStartTime: SECOND }, [6]],
    [{ postgresMaxStartTime: 'exclusive' }, { MaxStartTime: LATER }, [4, 3, 2, 1]],
  ])('lists Postgres under %j asked for %j as %j', (assumptions, parameters, ids) => {
    expect(idsOf(worldUnder(assumptions, 'postgres')(parameters))).toEqual(ids)
  })

  it.each<[Partial<Assumptions>, readonly number[], readonly number[]]>([
    [{}, [1], []],
    [{ postgresOldMinStartTime: 'cut' }, [], []],
    [{ postgresTaskIdWindow: 'unlimited' }, [1], [1]],
  ])(
    'under %j finds a task of two years ago by window %j and by id alone %j',
    (assumptions, byWindow, byId) => {
      const world = createEmptyWorld({ assumptions })
      world.insert('postgres', GUANGZHOU, { TaskId: 1, StartTime: '2024-06-01 00:00:00' })
      const ask = (parameters: object) => idsOf(world.describe('postgres', GUANGZHOU, parameters, NOW_MS))
      expect(ask({ MinStartTime: '2010-01-01 00:00:00' })).toEqual(byWindow)
      expect(ask({ TaskId: 1 })).toEqual(byId)
    },
  )

  it.each<[Partial<Assumptions>, Service, object, string]>([
    [{ offsetPastEnd: 'error' }, 'cdb', { Offset: 7 }, 'InvalidParameter'],
    [
      { postgresLimitZero: 'error' },
      'postgres',
      { Limit: 0 },
      'InvalidParameterValue.InvalidParameterValueError',
    ],
    [{ emptyText: 'error' }, 'cdb', { InstanceId: '' }, 'InvalidParameterValue'],
  ])('under %j refuses %s asked for %j with %s', (assumptions, service, parameters, code) => {
    expect(refusalOf(worldUnder(assumptions, service)(parameters))?.[0]).toBe(code)
  })

  it('refuses CDB without a region when it is assumed to demand one', () => {
    const world = createEmptyWorld({ assumptions: { cdbWithoutRegion: 'refused' } })
    expect(refusalOf(world.describe('cdb', null, {}, NOW_MS))?.[0]).toBe('MissingParameter')
  })

  it('keeps hashed ties steady in both directions, and unsteady ones not', () => {
    const steady = worldUnder({ postgresTies: 'hash' }, 'postgres')
    expect(idsOf(steady({}))).toEqual(idsOf(steady({})))
    expect(idsOf(steady(asc)).slice(0, 4)).toEqual(idsOf(steady({})).slice(1))
    const unsteady = worldUnder({ cdbTies: 'unsteady' }, 'cdb')
    const seen = new Set(Array.from({ length: 20 }, () => idsOf(unsteady({})).join()))
    expect(seen.size).toBeGreaterThan(1)
  })
})

describe('the order of a list', () => {
  const seconds = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 })

  it('displaces each CDB row by at most the assumed seconds, the same way each time', () => {
    fc.assert(
      fc.property(seconds, fc.integer(), fc.constantFrom(0, 1, 60), (starts, seed, most) => {
        const world = createEmptyWorld({ seed, assumptions: { cdbDisplacementSeconds: most } })
        for (const start of starts) world.insert('cdb', GUANGZHOU, { StartTime: timeAt(start) })
        const order = world.rows('cdb', GUANGZHOU).map((row) => parseBeijingTime(row['StartTime']) ?? NaN)
        const worst = order.map((second, index) => Math.max(...order.slice(index)) - second)
        expect(Math.max(...worst)).toBeLessThanOrEqual(2 * most)
        expect(idsOf(world.describe('cdb', null, {}, NOW_MS))).toEqual(
          idsOf(world.describe('cdb', null, {}, NOW_MS)),
        )
      }),
    )
  })

  it('is the same whether rows came before or after somebody looked', () => {
    const step = fc.record({ second: fc.integer({ min: 0, max: 9 }), look: fc.boolean(), drop: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom('idInDirection', 'hash'),
        (steps, ties) => {
          const [watched, alone] = [0, 1].map(() => createEmptyWorld({ assumptions: { postgresTies: ties } }))
          if (watched === undefined || alone === undefined) throw new Error('two worlds')
          const orders = ['StartTime', 'EndTime'].flatMap((OrderBy) =>
            ['asc', 'desc'].map((OrderByType) => ({ OrderBy, OrderByType })),
          )
          const look = (world: typeof alone) =>
            orders.map((order) =>
              idsOf(world.describe('postgres', GUANGZHOU, { ...order, Limit: 100 }, NOW_MS)),
            )
          for (const { second, look: looks, drop } of steps) {
            for (const world of [watched, alone]) {
              const id = world.insert('postgres', GUANGZHOU, {
                StartTime: timeAt(second),
                EndTime: timeAt(9 - second),
              })
              if (drop) world.remove('postgres', GUANGZHOU, id)
              else world.change('postgres', GUANGZHOU, id, { EndTime: second > 4 ? '' : timeAt(second) })
            }
            if (looks) look(watched)
          }
          expect(look(watched)).toEqual(look(alone))
        },
      ),
    )
  })

  function timeAt(second: number): string {
    const minute = Math.floor(second / 60)
    return `2026-06-01 00:${String(minute).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
  }
})
