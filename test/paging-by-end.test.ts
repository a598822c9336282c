import { CDB, Desk, FIRST_ENDED_FIRST, LAST_ENDED_FIRST, namesOf, POSTGRES } from './support/paging/desk'

describe('the order by end time', () => {
  it.each(['lowest', 'highest'] as const)(
    'keeps what ends during the walk where it was, with the unfinished %s upstream',
    async (missingEndTime) => {
      for (const order of [LAST_ENDED_FIRST, FIRST_ENDED_FIRST]) {
        const desk = new Desk(undefined, { missingEndTime })
        for (const place of [CDB, POSTGRES])
          for (let id = 1; id <= 30; id++) desk.put(place, id, 100 + id, id % 3 === 0 ? { end: null } : {})
        let next = 3
        const found = await desk.walk(6, { order }, () => {
          desk.clock.nowMs += 1000
          if (next > 30) return
          desk.model.change(desk.row(CDB, next), { end: desk.clock.nowMs / 1000 })
          desk.model.change(desk.row(POSTGRES, next), { end: desk.clock.nowMs / 1000 })
          next += 3
        })
        expect(found).toHaveLength(60)
        const unfinished = order === LAST_ENDED_FIRST ? found.slice(-20) : found.slice(0, 20)
        expect(unfinished.every((name) => Number(name.split(' ')[1]) % 3 === 0)).toBe(true)
      }
    },
  )

  it.each(['lowest', 'highest', 'first', 'last'] as const)(
    'holds what is unfinished in lists longer than an answer, where it stands %s upstream',
    async (missingEndTime) => {
      for (const wish of [
        { order: LAST_ENDED_FIRST },
        { order: FIRST_ENDED_FIRST },
        { order: LAST_ENDED_FIRST, last: 1 },
      ]) {
        const desk = new Desk([POSTGRES], { missingEndTime })
        for (let id = 1; id <= 250; id++) desk.put(POSTGRES, id, 100 + id, id % 25 === 0 ? { end: null } : {})
        const found = await desk.walk(7, wish)
        expect(new Set(found).size).toBe(250)
        expect(found).toHaveLength(250)
      }
    },
  )

  it('is refused for CDB where more than 2,000 tasks would have to be sorted here, and says what to narrow', async () => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 2001, (index) => 10 + index)
    await expect(desk.page({ first: 5, order: LAST_ENDED_FIRST })).rejects.toThrow(
      /2001 of its tasks.*narrow filter\.startedAt/,
    )
    const to = desk.row(CDB, 2).start ?? 0
    const page = await desk.page({ first: 2, order: LAST_ENDED_FIRST, filter: { startedAt: { to } } })
    expect(namesOf(page)).toEqual(['cdb 2', 'cdb 3'])
  })
})
