import { setImmediate } from 'node:timers/promises'
import { CostTally } from '../src/call-cost'
import { UpstreamFailure, type UpstreamFailureCode } from '../src/failure'
import { Finder, type FinderTools } from '../src/tasks/finder'
import type { Task } from '../src/tasks/task'
import { Caller } from './support/held-upstream'
import { idOf, ListedSource, taskOf, observed } from './support/listed-source'

const RECENT = 300
const ALL = 1000

let nowMs = 1_700_000_000_000
let source: ListedSource
let finished: Map<string, Task>
let next: (() => void) | null

beforeEach(() => {
  source = new ListedSource(ALL, () => nowMs)
  finished = new Map()
  next = null
})

function finderOf(over: Partial<FinderTools> = {}): Finder {
  return new Finder(observed(source), {
    cacheTtlMs: 0,
    finished: { get: (task) => finished.get(task) ?? null, set: (task, value) => finished.set(task, value) },
    later: (run) => (next = run),
    now: () => nowMs,
    ...over,
  })
}

function runMoment(): void {
  const run = next
  next = null
  run?.()
}

/** Ends the moments in which ids are gathered; returns how many there were. */
function gathered(): number {
  let moments = 0
  for (; next !== null; moments++) runMoment()
  return moments
}

/** All in one request, or each in its own. */
function ask(finder: Finder, numbers: readonly number[], caller?: Caller): Promise<readonly unknown[]> {
  const found = numbers.map((number) =>
    finder.find(idOf(number), (caller ?? new Caller()).scope, new CostTally()),
  )
  gathered()
  return Promise.all(found.map((task) => task.then((value) => value?.number ?? null)))
}

/** Numbers of the newest tasks, `step` apart. */
function newest(count: number, step = 1): readonly number[] {
  return Array.from({ length: count }, (_, index) => ALL - index * step)
}

const failure = (code: UpstreamFailureCode) => new UpstreamFailure(code, 'failed', { retryable: true })
const bigints = (numbers: readonly number[]) => numbers.map(BigInt)

describe('many ids', () => {
  it.each([
    ['on the newest page', newest(100), [0]],
    ['over the newest 300 rows', newest(100, 3), [0, 100, 200]],
    ['up to the second page', newest(50, 4), [0, 100]],
  ])('%s are found on pages alone', async (_, numbers, pages) => {
    expect(await ask(finderOf(), numbers, new Caller())).toEqual(bigints(numbers))
    expect(source.asked).toEqual(pages)
  })

  it('cost at most three calls while they are recent, however they lie', async () => {
    for (const on of [0, 1, 2, 3, 4, 97])
      for (const second of [0, 1, 2, 3, 50])
        for (const third of [0, 1, 2, 3, 50]) {
          const pick = (page: number, count: number) => newest(count).map((number) => number - page * 100)
          const numbers = [...pick(0, on), ...pick(1, second), ...pick(2, third)]
          source.asked.length = 0
          if (numbers.length === 0) continue
          expect(await ask(finderOf(), numbers, new Caller())).toEqual(bigints(numbers))
          expect(source.asked.length).toBeLessThanOrEqual(3)
        }
  })

  it('that are old are looked up one by one, at most five at a time', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => ALL - RECENT - index)
    expect(await ask(finderOf(), numbers, new Caller())).toEqual(bigints(numbers))
    expect(source.asked).toEqual([0, 100, 200, ...bigints(numbers)])
    expect(source.mostLookUps).toBe(5)
  })

  it('of many requests are at most five look-ups at a time together', async () => {
    const finder = finderOf()
    const rounds = [1, 2, 3, 4].map((round) => ask(finder, [round * 2, round * 2 + 1], new Caller()))
    await Promise.all(rounds)
    expect(source.asked).toHaveLength(8)
    expect(source.mostLookUps).toBe(5)
  })

  it('that are few after a page are looked up, which costs less than the next pages', async () => {
    expect(await ask(finderOf(), [1000, 999, 998, 2, 1], new Caller())).toEqual([1000n, 999n, 998n, 2n, 1n])
    expect(source.asked).toEqual([0, 2n, 1n])
  })

  it('end where the list does', async () => {
    source.tasks = source.tasks.slice(0, 7)
    expect(await ask(finderOf(), [1000, 999, 3, 2, 1], new Caller())).toEqual([1000n, 999n, null, null, null])
    expect(source.asked).toEqual([0, 3n, 2n, 1n])
  })

  it('are one for each task, in the places that asked', async () => {
    expect(await ask(finderOf(), [5, 5, 5, 1000, 1000], new Caller())).toEqual([5n, 5n, 5n, 1000n, 1000n])
    expect(source.asked).toEqual([5n, 1000n])
  })

  it('take the next page no older than the one before it', async () => {
    await ask(finderOf(), newest(100, 3), new Caller())
    expect(source.scopes.map(({ notBeforeMs }) => notBeforeMs)).toEqual([undefined, nowMs, nowMs])
  })
})

describe('few ids', () => {
  it('are looked up alone', async () => {
    expect(await ask(finderOf(), [1])).toEqual([1n])
    expect(await ask(finderOf(), [1, 1000], new Caller())).toEqual([1n, 1000n])
    expect(source.asked).toEqual([1n, 1n, 1000n])
  })

  it('are null where the source does not know them', async () => {
    expect(await ask(finderOf(), [5000])).toEqual([null])
  })

  it('are looked for on pages where many were asked for within the time that pages are kept', async () => {
    const finder = finderOf({ cacheTtlMs: 1000 })
    for (const number of [1000, 999]) await ask(finder, [number])
    nowMs += 999
    await ask(finder, [998])
    expect(source.asked).toEqual([1000n, 999n, 0])
    nowMs += 1000
    await ask(finder, [997])
    expect(source.asked).toEqual([1000n, 999n, 0, 997n])
  })

  it('wait for a few moments, as many may follow, and many for one', async () => {
    const finder = finderOf({ cacheTtlMs: 1000 })
    const first = finder.find(idOf(1000), new Caller().scope, new CostTally())
    runMoment()
    const rest = newest(99).map((number) => finder.find(idOf(number), new Caller().scope, new CostTally()))
    expect(gathered()).toBe(1)
    await Promise.all([first, ...rest])
    expect(new Set(source.asked)).toEqual(new Set([0]))
    nowMs += 1000
    void finder.find(idOf(1), new Caller().scope, new CostTally())
    expect(gathered()).toBe(3)
  })

  it('are gathered as long as more arrive where no page is kept, up to twenty moments', async () => {
    const finder = finderOf()
    const { scope } = new Caller()
    const found = [1000, 999, 998, 850].map((number) => finder.find(idOf(number), scope, new CostTally()))
    for (const number of [840, 830]) {
      runMoment()
      runMoment()
      found.push(finder.find(idOf(number), scope, new CostTally()))
    }
    expect(gathered()).toBe(3)
    expect(await Promise.all(found)).toHaveLength(6)
    expect(source.asked).toEqual([0, 100])
    for (let moment = 0; moment < 20; moment++) {
      found.push(finder.find(idOf(ALL - moment), scope, new CostTally()))
      expect(source.asked).toHaveLength(2)
      runMoment()
    }
    expect(next).toBeNull()
    await Promise.all(found)
  })

  it('do not become many by being asked for often', async () => {
    const finder = finderOf({ cacheTtlMs: 1000 })
    for (let round = 0; round < 5; round++) await ask(finder, [1000])
    expect(source.asked).toEqual(Array.from({ length: 5 }, () => 1000n))
  })

  it('of many requests at one moment are many', async () => {
    expect(await ask(finderOf(), newest(50))).toEqual(bigints(newest(50)))
    expect(new Set(source.asked)).toEqual(new Set([0]))
  })
})

describe('a source that fails', () => {
  it.each([
    'UPSTREAM_UNAVAILABLE',
    'UPSTREAM_TIMEOUT',
    'UPSTREAM_THROTTLED',
    'UPSTREAM_UNAUTHORIZED',
  ] as const)('with %s is not asked for each id, and none is null', async (code) => {
    source.beforeAnswer = () => Promise.reject(failure(code))
    const finder = finderOf()
    const { scope } = new Caller()
    const found = newest(100).map((number) => finder.find(idOf(number), scope, new CostTally()))
    gathered()
    const settled = await Promise.allSettled(found)
    expect(settled).toEqual(settled.map(() => ({ status: 'rejected', reason: failure(code) })))
    expect(source.asked).toEqual([0])
  })

  it.each(['UPSTREAM_REJECTED', 'UPSTREAM_INVALID_RESPONSE'] as const)(
    'for a page with %s may still know each task',
    async (code) => {
      source.beforeAnswer = (asked) => (asked === 0 ? Promise.reject(failure(code)) : setImmediate())
      expect(await ask(finderOf(), newest(10), new Caller())).toEqual(bigints(newest(10)))
      expect(source.asked).toEqual([0, ...bigints(newest(10))])
    },
  )

  it('for one look-up leaves the others', async () => {
    const down = failure('UPSTREAM_UNAVAILABLE')
    source.beforeAnswer = (asked) => (asked === 7n ? Promise.reject(down) : setImmediate())
    const finder = finderOf()
    const { scope } = new Caller()
    const found = [7, 8].map((number) => finder.find(idOf(number), scope, new CostTally()))
    gathered()
    expect(await Promise.allSettled(found)).toMatchObject([
      { status: 'rejected', reason: down },
      { status: 'fulfilled', value: { number: 8n } },
    ])
  })

  it('after the newest page keeps what that had', async () => {
    const down = failure('UPSTREAM_UNAVAILABLE')
    source.beforeAnswer = (asked) => (asked === 100 ? Promise.reject(down) : setImmediate())
    const finder = finderOf()
    const { scope } = new Caller()
    const found = [1000, 850, 840, 830].map((number) => finder.find(idOf(number), scope, new CostTally()))
    gathered()
    expect((await Promise.allSettled(found)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ])
  })
})

describe('a request that goes away', () => {
  it('takes the tasks from no other', async () => {
    const finder = finderOf()
    const [gone, stays] = [new Caller(), new Caller()]
    const lost = Promise.allSettled(
      [1000, 999].map((number) => finder.find(idOf(number), gone.scope, new CostTally())),
    )
    const found = [1000, 1].map((number) => finder.find(idOf(number), stays.scope, new CostTally()))
    gone.leave()
    gathered()
    expect(await Promise.all(found)).toMatchObject([{ number: 1000n }, { number: 1n }])
    expect(await lost).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
  })

  it('leaves the queue of look-ups at once', async () => {
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    source.beforeAnswer = () => held
    const finder = finderOf()
    const [busy, gone, last] = [new Caller(), new Caller(), new Caller()]
    const first = [1, 2].map((number) => finder.find(idOf(number), busy.scope, new CostTally()))
    gathered()
    const more = [3, 4].map((number) => finder.find(idOf(number), new Caller().scope, new CostTally()))
    gathered()
    const fifth = finder.find(idOf(5), busy.scope, new CostTally())
    gathered()
    const lost = Promise.allSettled([finder.find(idOf(6), gone.scope, new CostTally())])
    gathered()
    const seventh = finder.find(idOf(7), last.scope, new CostTally())
    gathered()
    await setImmediate()
    expect(source.asked).toHaveLength(5)
    gone.leave()
    expect(await lost).toMatchObject([{ status: 'rejected' }])
    answer()
    expect(await Promise.all([...first, ...more, fifth, seventh])).toHaveLength(6)
    expect(source.asked.at(-1)).toBe(7n)
    source.mostLookUps = 0
    await Promise.all([11, 12, 13, 14, 15].map((number) => ask(finder, [number])))
    expect(source.mostLookUps).toBe(5)
  })

  it('is joined at once where it looks up what another wants', async () => {
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    source.beforeAnswer = () => held
    const finder = finderOf()
    const found = [1, 2, 3, 4, 5, 6, 1].map((number) => ask(finder, [number]))
    await setImmediate()
    expect(source.asked).toEqual([1n, 2n, 3n, 4n, 5n, 1n])
    answer()
    expect(await Promise.all(found)).toEqual([[1n], [2n], [3n], [4n], [5n], [6n], [1n]])
  })
})

describe('a finished task', () => {
  it.each([
    ['by its status', taskOf(7, { status: 'FAILED' })],
    ['by its end', taskOf(7, { endSecond: 1_700_000_500 })],
  ])('%s is asked for once', async (_, task) => {
    source.tasks = [task]
    const finder = finderOf({ cacheTtlMs: 1000 })
    await ask(finder, [7])
    const { scope } = new Caller()
    const spent = new CostTally()
    expect(await finder.find(idOf(7), scope, spent)).toBe(task)
    expect(spent.cacheHits).toBe(1)
    expect(source.asked).toEqual([7n])
  })

  it('is kept from a page too, if it was asked for', async () => {
    source.tasks = newest(100).map((number) => taskOf(number, { status: 'SUCCEEDED' }))
    await ask(finderOf(), newest(3), new Caller())
    expect([...finished.values()].map(({ number }) => number)).toEqual(bigints(newest(3)))
  })

  it('is all that is kept: a running one is asked for again', async () => {
    const finder = finderOf({ cacheTtlMs: 1000 })
    await ask(finder, [1])
    await ask(finder, [1])
    expect(source.asked).toEqual([1n, 1n])
    expect(finished.size).toBe(0)
  })
})
