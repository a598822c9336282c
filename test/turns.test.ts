import fastify from 'fastify'
import { refuseOverload } from '../src/http/overload'
import { createTurns } from '../src/turns'

/** Turns whose clock and rounds of the event loop are the test's. */
function harness() {
  const rounds: (() => void)[] = []
  let nowMs = 0
  const turns = createTurns({ now: () => nowMs, later: (run) => rounds.push(run) })
  const done: string[] = []
  return {
    turns,
    done,
    take: (work: 'begin' | 'end', name: string) => void turns.take(work).then(() => done.push(name)),
    pass: (ms: number) => (nowMs += ms),
    /** The loop goes round once. */
    round: () => {
      rounds.shift()?.()
      return Promise.resolve()
    },
    rounds,
  }
}

describe('pieces of work', () => {
  it('are done at once while there is little to do', async () => {
    const { take, done, pass } = harness()
    take('begin', 'one')
    pass(4)
    take('begin', 'two')
    await Promise.resolve()
    expect(done).toEqual(['one', 'two'])
  })

  it('wait for the loop to go round once it has been away for some milliseconds, and go one a round', async () => {
    const { take, done, pass, round } = harness()
    take('begin', 'one')
    pass(5)
    for (const name of ['two', 'three']) take('begin', name)
    await Promise.resolve()
    expect(done).toEqual(['one'])
    await round()
    expect(done).toEqual(['one', 'two'])
    await round()
    expect(done).toEqual(['one', 'two', 'three'])
  })

  it('go in the order in which they came, what ends something first', async () => {
    const { take, done, pass, round } = harness()
    take('begin', 'first')
    pass(5)
    take('begin', 'begins')
    take('end', 'ends')
    take('end', 'ends later')
    for (let rounds = 0; rounds < 3; rounds++) await round()
    expect(done).toEqual(['first', 'ends', 'ends later', 'begins'])
  })

  it('overtake nobody who waits, even where there would be time', async () => {
    const { take, done, pass, round } = harness()
    take('begin', 'first')
    pass(5)
    take('begin', 'second')
    take('begin', 'third')
    await round()
    take('begin', 'fourth')
    await Promise.resolve()
    expect(done).toEqual(['first', 'second'])
    await round()
    expect(done).toEqual(['first', 'second', 'third'])
  })

  it('leave nothing behind when all is done', async () => {
    const { take, pass, round, rounds, done } = harness()
    take('begin', 'one')
    pass(5)
    take('end', 'two')
    await round()
    await round()
    expect(rounds).toHaveLength(0)
    take('begin', 'three')
    await Promise.resolve()
    expect(done).toEqual(['one', 'two', 'three'])
  })
})

it('nobody has waited while the process was away', () => {
  const { turns, take, pass } = harness()
  take('begin', 'one')
  pass(5)
  take('begin', 'two')
  expect(turns.waitingMs()).toBe(0)
  pass(60_000)
  expect(turns.waitingMs()).toBe(100)
  pass(10)
  expect(turns.waitingMs()).toBe(110)
})

const server = fastify()
afterAll(() => server.close())

it('a request is refused while others have waited too long to be begun, and served when they are', async () => {
  const { turns, take, pass, round } = harness()
  const overload = {
    maxWaitingMs: 4000,
    maxInFlight: 100,
    pressure: { eventLoopDelayMs: 10_000, heapShare: 1 },
    refused: () => undefined,
  }
  await server.register(async (part) => {
    await refuseOverload(part, overload, turns)
    part.get('/graphql', () => 'served')
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const ask = async () => (await fetch(`${url}/graphql`)).status
  take('begin', 'one')
  pass(5)
  take('begin', 'two')
  for (let tenths = 0; tenths <= 40; tenths++) {
    if (tenths > 0) pass(100)
    expect(await ask()).toBe(200)
  }
  pass(1)
  expect(await ask()).toBe(503)
  await round()
  expect(await ask()).toBe(200)
})
