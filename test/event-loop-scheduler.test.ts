import fastify from 'fastify'
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { buildSubgraph } from '../src/federation/subgraph'
import { createContexts } from '../src/graphql/context'
import { NO_RESPONSE_CACHE } from '../src/graphql/pipeline/response-cache'
import { createAdmission } from '../src/graphql/pipeline/admission'
import { createGraphServer } from '../src/graphql/pipeline/server'
import { graphqlRoute } from '../src/http/graphql-route'
import { createLoadShedding, sheddingLoad } from '../src/http/load-shedding'
import { TASK_VIEWS } from '../src/graphql/schema/task-view'
import { ANYONE } from '../src/tasks/caller'
import { CursorCodec } from '../src/tasks/cursor'
import { TaskService } from '../src/tasks/service'
import { createScheduler } from '../src/event-loop-scheduler'
import { post } from './support/exchange'
import { HandLive } from './support/hand-live'

/** EventLoopScheduler whose clock and rounds of the event loop are the test's; each piece that had to wait takes so long. */
function harness(pieceMs = 5) {
  const rounds: (() => void)[] = []
  let nowMs = 0
  const scheduler = createScheduler({
    now: () => nowMs,
    later: (run) => rounds.push(run),
    behind: (run) =>
      void Promise.resolve().then(() => {
        nowMs += pieceMs
        run()
      }),
  })
  const done: string[] = []
  return {
    scheduler,
    done,
    take: (work: 'begin' | 'end', name: string) => void scheduler.yieldTurn(work).then(() => done.push(name)),
    pass: (ms: number) => (nowMs += ms),
    /** The loop goes round once. */
    round: () => {
      rounds.shift()?.()
      return setImmediate()
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

  it('wait for the loop to go round once it has been away for some milliseconds', async () => {
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

  it('that end something go on in one round for a moment where they are small', async () => {
    const { take, done, pass, round } = harness(1)
    take('begin', 'one')
    pass(5)
    for (const name of ['two', 'three', 'four', 'five']) take('end', name)
    await round()
    expect(done).toEqual(['one', 'two', 'three'])
    await round()
    expect(done).toEqual(['one', 'two', 'three', 'four', 'five'])
  })

  it('that begin something go one a round', async () => {
    const { take, done, pass, round } = harness(1)
    take('begin', 'one')
    pass(5)
    for (const name of ['two', 'three']) take('begin', name)
    take('end', 'four')
    await round()
    expect(done).toEqual(['one', 'four'])
    await round()
    expect(done).toEqual(['one', 'four', 'two'])
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
  const { scheduler, take, pass } = harness()
  take('begin', 'one')
  pass(5)
  take('begin', 'two')
  expect(scheduler.waitingMs()).toBe(0)
  pass(60_000)
  expect(scheduler.waitingMs()).toBe(100)
  pass(10)
  expect(scheduler.waitingMs()).toBe(110)
})

const OVERLOAD = {
  maxWaitingMs: 4000,
  maxInFlight: 100,
  callerShare: 1,
  pressure: { eventLoopDelayMs: 10_000, heapShare: 1 },
  refused: () => undefined,
}
const server = fastify()
afterAll(() => server.close())

it('a request is refused while others have waited too long to be begun, and served when they are', async () => {
  const { scheduler, take, pass, round } = harness()
  const loadShedding = createLoadShedding(server, { ...OVERLOAD, scheduler })
  await server.register((part, _options, done) => {
    part.addHook('onRequest', sheddingLoad(loadShedding))
    part.get('/graphql', () => 'served')
    done()
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

it('a request took as long as it has waited to be begun, too', async () => {
  const clock = { ms: 0 }
  const now = () => clock.ms
  const core = new TaskService([], {
    cursors: new CursorCodec([randomBytes(32)]),
    now,
    scanCalls: 1,
    toleranceSeconds: 0,
    maxAgeMs: 0,
  })
  const parts = {
    core,
    live: new HandLive(),
    deadlineMs: 5000,
    maxAnswerBytes: 10_000,
    maxWatchedIds: 1,
    ownerOf: () => null,
    views: TASK_VIEWS,
    now,
  }
  const durations: number[] = []
  const graph = createGraphServer({
    schema: buildSubgraph().schema,
    introspection: true,
    servesSdl: true,
    production: false,
    admission: createAdmission({
      maxCost: 1,
      maxObjects: 100,
      limiter: null,
      report: { operationCost: () => undefined },
    }),
    trust: null,
    errorReport: { unexpected: String, exceeded: () => undefined },
    reportOperation: ({ durationMs }) => void durations.push(durationMs),
    maxAgeMs: 0,
    now,
  })
  await graph.apollo.start()
  const waiting = {
    yieldTurn: () => Promise.resolve(void (clock.ms += 700)),
    waitingMs: () => 0,
  }
  const gateway = fastify()
  await gateway.register(graphqlRoute, {
    graph,
    authenticate: () => Promise.resolve({ caller: ANYONE, expiresMs: null, isRouter: false }),
    createContext: createContexts(parts),
    deadlineMs: 5000,
    scheduler: waiting,
    addressOf: () => '127.0.0.1',
    loadShedding: createLoadShedding(gateway, { ...OVERLOAD, scheduler: waiting }),
    responseCache: NO_RESPONSE_CACHE,
  })
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 })
  expect((await post(url, { query: '{ __typename }' })).status).toBe(200)
  expect(durations).toEqual([700])
  await gateway.close()
  await graph.apollo.stop()
})
