import { CDB, Desk, missingFrom, namesOf, OLDEST_FIRST, POSTGRES } from './support/paging/desk'

/** `cdb 1`, `cdb 2` and so on. */
function numbered(service: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${service} ${from + index}`)
}

describe('many tasks of one second', () => {
  it.each([
    ['newest first', {}],
    ['oldest first', { order: OLDEST_FIRST }],
    ['backward', { last: 1 }],
  ])('come once each where 130 share it, %s', async (_, wish) => {
    const desk = new Desk()
    desk.fill(CDB, 130, () => 50)
    desk.fill(POSTGRES, 130, () => 50)
    desk.put(CDB, 500, 10)
    desk.put(POSTGRES, 501, 90)
    const found = await desk.walk(40, wish)
    expect(new Set(found).size).toBe(262)
    expect(found).toHaveLength(262)
  })

  it('come once each where 1,200 share it, in the order of their numbers', async () => {
    const desk = new Desk([CDB], { cdbTies: 'hash' })
    desk.fill(CDB, 1200, () => 50)
    expect(await desk.walk(100)).toEqual(numbered('cdb', 1, 1200).reverse())
  })

  it('fail the source where they outgrow the calls of a page, and are not left out in silence', async () => {
    const desk = new Desk([CDB], {}, 5)
    desk.fill(CDB, 600, () => 50)
    const first = await desk.page({ first: 10 })
    expect([namesOf(first), await first.hasNextPage()]).toEqual([[], true])
    const page = await desk.page({ first: 10, after: first.endCursor() })
    expect(missingFrom(page)).toEqual(['cdb/default/ap-guangzhou'])
    expect(page.sources[0]?.failure?.message).toContain('share one second')
  })
})

describe('the ends of a list', () => {
  it('says that nothing follows when the last page is exactly full', async () => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 20, (index) => index)
    const first = await desk.page({ first: 10 })
    const last = await desk.page({ first: 10, after: first.endCursor() })
    expect([await first.hasNextPage(), await first.hasPreviousPage()]).toEqual([true, false])
    expect([await last.hasNextPage(), await last.hasPreviousPage()]).toEqual([false, true])
  })

  it('has neither cursors nor neighbours where there is no task', async () => {
    const page = await new Desk().page({ first: 10 })
    expect([page.startCursor(), page.endCursor(), await page.hasNextPage()]).toEqual([null, null, false])
    expect(await page.totalCount()).toBe(0)
  })

  it('gives a cursor on an empty page where rows were looked through in vain', async () => {
    const desk = new Desk([POSTGRES], {}, 2)
    desk.fill(POSTGRES, 400, (index) => index)
    desk.put(POSTGRES, 900, 1000, { status: ['WAITING', 'WaitSwitch'] })
    const wish = { first: 10, filter: { statuses: ['WAITING' as const] } }
    const page = await desk.page(wish)
    expect(namesOf(page)).toEqual([])
    expect(await page.hasNextPage()).toBe(true)
    expect(page.endCursor()).not.toBeNull()
    expect(await page.totalCount()).toBeNull()
    expect(await desk.walk(10, wish)).toEqual(['postgres 900'])
  })

  it('comes back over the same tasks when a cursor is used in the other direction', async () => {
    const desk = new Desk()
    desk.fill(CDB, 30, (index) => Math.floor(index / 4) * 10)
    desk.fill(POSTGRES, 30, (index) => Math.floor(index / 3) * 10)
    const first = await desk.page({ first: 17 })
    const second = await desk.page({ first: 17, after: first.endCursor() })
    const back = await desk.page({ last: 17, before: second.startCursor() })
    const beforeEnd = await desk.page({ last: 16, before: second.endCursor() })
    expect(namesOf(back)).toEqual(namesOf(first))
    expect(namesOf(beforeEnd)).toEqual(namesOf(second).slice(0, 16))
  })
})

describe('the bounds of startedAt', () => {
  it.each(['inclusive', 'exclusive'] as const)('take in both seconds where upstream is %s', async (edge) => {
    const desk = new Desk(undefined, {
      cdbStartTimeBegin: edge,
      postgresMinStartTime: edge,
      postgresMaxStartTime: edge,
    })
    for (const place of [CDB, POSTGRES]) desk.fill(place, 9, (index) => 10 * index)
    const row = desk.row(CDB, 3).start ?? 0
    const wish = { filter: { startedAt: { from: row - 20, to: row } } }
    const found = ['postgres 3', 'cdb 3', 'postgres 4', 'cdb 4', 'postgres 5', 'cdb 5']
    expect(await desk.walk(4, wish)).toEqual(found)
    const page = await desk.page({ first: 4, ...wish })
    expect(await page.totalCount()).toBe(6)
  })
})

describe('a source that fails', () => {
  const filled = () => {
    const desk = new Desk()
    desk.fill(CDB, 40, (index) => index * 2)
    desk.fill(POSTGRES, 40, (index) => index * 2 + 1)
    return desk
  }

  it.each([
    ['on the first page', 0, 0],
    ['in the middle of the walk', 2, 0],
  ])('%s keeps its place, and its tasks come when it is back, in their order', async (_, at, calls) => {
    const desk = filled()
    if (at === 0) desk.down.set('cdb', calls)
    const found = await desk.walk(10, {}, (page) => {
      if (page === at) desk.down.delete('cdb')
      if (page + 1 === at) desk.down.set('cdb', calls)
    })
    expect([...found].sort()).toEqual([...numbered('cdb', 1, 40), ...numbered('postgres', 1, 40)].sort())
    expect(found.filter((name) => name.startsWith('cdb'))).toEqual(numbered('cdb', 1, 40))
  })

  it('at the second call of a page gives what had come before, and goes on there', async () => {
    const desk = new Desk()
    desk.fill(CDB, 300, (index) => index * 2)
    desk.put(POSTGRES, 1, 5000)
    desk.down.set('cdb', 1)
    const page = await desk.page({ first: 100 })
    expect(missingFrom(page)).toEqual(['cdb/default/ap-guangzhou'])
    expect(await page.hasNextPage()).toBe(true)
    desk.down.delete('cdb')
    const found = namesOf(page)
    let cursor = page.endCursor()
    for (let more = true; more;) {
      const next = await desk.page({ first: 100, after: cursor })
      found.push(...namesOf(next))
      more = await next.hasNextPage()
      cursor = next.endCursor()
    }
    expect([...found].sort()).toEqual([...numbered('cdb', 1, 300), 'postgres 1'].sort())
  })
})

describe('a source that the configuration gains or loses between two pages', () => {
  it('joins the walk at its place', async () => {
    const desk = new Desk()
    desk.fill(CDB, 10, (index) => index * 2)
    desk.fill(POSTGRES, 10, (index) => index * 2 + 1)
    const first = await desk.page({ first: 5, places: [CDB] })
    const next = await desk.page({ first: 4, after: first.endCursor() })
    expect(namesOf(next)).toEqual(['postgres 5', 'cdb 6', 'postgres 6', 'cdb 7'])
  })

  it('leaves the walk to the others', async () => {
    const desk = new Desk()
    desk.fill(CDB, 10, (index) => index * 2)
    desk.fill(POSTGRES, 10, (index) => index * 2 + 1)
    const first = await desk.page({ first: 5 })
    const next = await desk.page({ first: 3, after: first.endCursor(), places: [CDB] })
    expect(namesOf(next)).toEqual(['cdb 4', 'cdb 5', 'cdb 6'])
  })
})

describe('rows without a number', () => {
  it('are left out, lose no other row, and make the count unknown', async () => {
    const desk = new Desk([POSTGRES])
    desk.fill(POSTGRES, 60, (index) => index)
    for (const id of [5, 6, 7, 30, 31]) desk.model.change(desk.row(POSTGRES, id), { hasNumber: false })
    const left = numbered('postgres', 1, 60).filter((name) => !/ ([567]|30|31)$/.test(name))
    expect(await desk.walk(7)).toEqual(left)
    const page = await desk.page({ first: 20 })
    expect(await page.totalCount()).toBeNull()
  })

  it('prove no place: what stands before them is not passed over', async () => {
    const desk = new Desk()
    desk.fill(CDB, 60, (index) => 1000 - 10 * index)
    desk.fill(POSTGRES, 20, (index) => 1000 - 10 * index, 501)
    const first = await desk.page({ first: 30, order: OLDEST_FIRST })
    desk.down.set('cdb', 0)
    const second = await desk.page({ first: 5, order: OLDEST_FIRST, after: first.endCursor() })
    desk.down.delete('cdb')
    desk.model.change(desk.row(CDB, 40), { hasNumber: false })
    desk.fill(CDB, 10, (index) => 10 - index, 101)
    const third = await desk.page({ first: 100, order: OLDEST_FIRST, after: second.endCursor() })
    const rest = numbered('cdb', 16, 60).filter((name) => name !== 'cdb 40')
    expect(namesOf(second)).toEqual(numbered('postgres', 516, 520))
    expect(namesOf(third)).toEqual([...rest, ...numbered('cdb', 101, 110)])
  })
})

describe('tasks that have not begun', () => {
  it('come last newest first, and first oldest first', async () => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 5, (index) => (index < 2 ? null : index))
    expect(await desk.walk(2)).toEqual(['cdb 3', 'cdb 4', 'cdb 5', 'cdb 2', 'cdb 1'])
    expect(await desk.walk(2, { order: OLDEST_FIRST })).toEqual(['cdb 1', 'cdb 2', 'cdb 5', 'cdb 4', 'cdb 3'])
  })

  it('do not come again when they begin during a walk oldest first', async () => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 12, (index) => (index < 4 ? null : index))
    const found = await desk.walk(3, { order: OLDEST_FIRST }, () => {
      desk.clock.nowMs += 1000
      const waiting = [1, 2, 3, 4].map((id) => desk.row(CDB, id)).find(({ start }) => start === null)
      if (waiting !== undefined) desk.model.change(waiting, { start: desk.clock.nowMs / 1000 })
    })
    expect(new Set(found).size).toBe(found.length)
    expect(found).toHaveLength(12)
  })

  it('hide no other task when they begin between two calls of a page', async () => {
    const desk = new Desk([CDB])
    desk.fill(CDB, 180, (index) => (index < 5 ? null : index))
    desk.atCall = (number) => {
      if (number !== 2 || desk.row(CDB, 1).start !== null) return
      desk.clock.nowMs += 1000
      desk.model.change(desk.row(CDB, 1), { start: desk.clock.nowMs / 1000 })
    }
    const found = await desk.walk(100, { order: OLDEST_FIRST })
    expect(desk.row(CDB, 1).start).not.toBeNull()
    expect([...found].sort()).toEqual(numbered('cdb', 1, 180).sort())
  })

  it('do not stop a source that has failed behind more of them than an answer holds', async () => {
    const shanghai = { service: 'cdb', region: 'ap-shanghai' } as const
    const desk = new Desk([CDB, shanghai])
    desk.fill(CDB, 125, (index) => (index < 120 ? null : index))
    desk.fill(shanghai, 25, (index) => (index < 20 ? null : index), 501)
    const first = await desk.page({ first: 100, order: OLDEST_FIRST })
    const second = await desk.page({ first: 30, order: OLDEST_FIRST, after: first.endCursor() })
    desk.downRegions.add(CDB.region)
    const third = await desk.page({ first: 5, order: OLDEST_FIRST, after: second.endCursor() })
    desk.downRegions.clear()
    const fourth = await desk.page({ first: 100, order: OLDEST_FIRST, after: third.endCursor() })
    expect([missingFrom(third), missingFrom(fourth)]).toEqual([['cdb/default/ap-guangzhou'], []])
    const found = [first, second, third, fourth].flatMap(namesOf)
    expect([...found].sort()).toEqual([...numbered('cdb', 1, 125), ...numbered('cdb', 501, 525)].sort())
  })

  it('may be more than an answer holds', async () => {
    const desk = new Desk()
    desk.fill(CDB, 250, (index) => (index < 220 ? null : index))
    const found = await desk.walk(60, { order: OLDEST_FIRST })
    expect(new Set(found).size).toBe(250)
  })
})

describe('a filter on instances', () => {
  const filled = () => {
    const desk = new Desk([CDB])
    for (let id = 1; id <= 60; id++)
      desk.put(CDB, id, id, { instances: [`cdb-${id % 12}`, `cdb-${(id + 1) % 12}`] })
    return desk
  }

  it.each([1, 2, 8, 9, 12])('gives a task of several of %i instances once', async (count) => {
    const desk = filled()
    const instanceIds = Array.from({ length: count }, (_, index) => `cdb-${index}`)
    const wish = { filter: { instanceIds } }
    const matching = desk.model
      .all()
      .filter(({ instances }) => instances.some((id) => instanceIds.includes(id)))
      .map(({ id }) => `cdb ${id}`)
    expect(await desk.walk(7, wish)).toEqual(matching)
    expect(await (await desk.page({ first: 7, ...wish })).totalCount()).toBe(matching.length)
  })

  it('asks one list for each of eight instances, and one for all of nine', async () => {
    const desk = filled()
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `cdb-${index}`)
    await desk.page({ first: 5, filter: { instanceIds: ids(8) } })
    expect(desk.calls).toBe(8)
    await desk.page({ first: 5, filter: { instanceIds: ids(9) } })
    expect(desk.calls).toBe(1)
  })
})
