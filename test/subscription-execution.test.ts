import type { Activity } from '../src/live/live'
import { BadInput } from '../src/tasks/bad-input'
import { encodeTaskId } from '../src/tasks/id'
import { at } from './support/answer'
import { idOf, taskOf } from './support/listed-source'
import { startLiveServer, type LiveServer } from './support/live-server'
import { RawSocket, type Message } from './support/raw-socket'

const WATCH = `subscription ($ids: [ID!], $submitted: SubmittedTask) {
  taskUpdated(ids: $ids, submitted: $submitted) { id taskId status }
}`
const ACTIVITY = `subscription ($filter: TaskFilter, $since: String) {
  taskActivity(filter: $filter, since: $since) {
    __typename
    ... on TaskEvent { cursor observedAt kind previousStatus task { taskId } }
    ... on TaskGapEvent { cursor observedAt reason }
  }
}`
const ID = encodeTaskId(idOf(7))
const UPSTREAM = { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 }

let server: LiveServer
let socket: RawSocket
beforeEach(async () => {
  server = await startLiveServer()
  socket = await RawSocket.enter(server.url)
})
afterEach(async () => {
  await socket.close()
  await server.close()
})

/** Subscribes to a task; resolves when the gateway watches it. */
async function watch(variables: Readonly<Record<string, unknown>> = { ids: [ID] }) {
  socket.subscribe('1', WATCH, variables)
  await roundTrip()
  const [feed] = server.live.watches
  if (feed === undefined) throw new Error('nothing is watched')
  return feed
}

async function roundTrip(): Promise<void> {
  socket.send({ type: 'ping' })
  expect(await socket.next()).toEqual({ type: 'pong' })
}

/** The message refuses an operation with one error. */
function expectError(message: Message, text: RegExp, extensions: unknown): void {
  expect(message).toMatchObject({
    type: 'error',
    payload: [{ message: expect.stringMatching(text) as unknown, extensions }],
  })
}

describe('taskUpdated', () => {
  it('sends each state as a result with its cost, and completes with its source', async () => {
    const feed = await watch()
    for (const status of ['RUNNING', 'SUCCEEDED'] as const) {
      feed.tell(taskOf(7, { status }))
      expect(await socket.next()).toEqual({
        id: '1',
        type: 'next',
        payload: {
          data: { taskUpdated: { id: ID, taskId: '7', status } },
          extensions: { upstream: UPSTREAM },
        },
      })
    }
    feed.stream.finish()
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
    expect(server.seen).toMatchObject({ operations: 0, results: 2 })
  })

  it('hands on what is watched, and for whom', async () => {
    const submitted = { postgresTaskId: '12', region: 'ap-tokyo' }
    const { question, caller } = await watch({ ids: [ID, ID], submitted })
    expect(question).toEqual({
      ids: [idOf(7), idOf(7)],
      submitted: {
        provider: 'POSTGRES',
        account: null,
        region: 'ap-tokyo',
        filter: { number: 12n },
        argument: 'submitted.postgresTaskId',
      },
    })
    expect(caller.name).toBe('anonymous')
  })

  it('knows a task by the request that made it', async () => {
    const { question } = await watch({ submitted: { asyncRequestId: 'a-1', account: 'prod' } })
    expect(question).toEqual({
      ids: [],
      submitted: {
        provider: 'CDB',
        account: 'prod',
        region: null,
        filter: { submissionId: 'a-1' },
        argument: 'submitted.asyncRequestId',
      },
    })
  })

  it.each([
    ['no task', {}, 'ids', /no task is named/],
    ['an empty list', { ids: [] }, 'ids', /no task is named/],
    ['what is no id', { ids: ['x'] }, 'ids', /ids "x" is not the id of a task/],
    ['a submitted task without a name', { submitted: {} }, 'submitted', /neither/],
    ['one with two', { submitted: { asyncRequestId: 'a', postgresTaskId: '1' } }, 'submitted', /both/],
    [
      'no request id',
      { submitted: { asyncRequestId: 'ä' } },
      'submitted.asyncRequestId',
      /"ä" is no request id/,
    ],
    [
      'no number',
      { submitted: { postgresTaskId: '-1' } },
      'submitted.postgresTaskId',
      /"-1" is no task number/,
    ],
  ])('refuses %s', async (_, variables, argument, text) => {
    socket.subscribe('1', WATCH, variables)
    expectError(await socket.next(), text, { code: 'BAD_USER_INPUT', argument })
    await roundTrip()
    expect(server.seen.operations).toBe(0)
    expect(server.unexpected).toEqual([])
  })

  it('refuses variables of the wrong type', async () => {
    socket.subscribe('1', WATCH, { ids: [{}] })
    expectError(await socket.next(), /\$ids/, { code: 'BAD_USER_INPUT' })
  })
})

describe('taskActivity', () => {
  it('sends each kind of event as its type, whatever came first', async () => {
    socket.subscribe('1', ACTIVITY, { filter: { statuses: ['RUNNING'] }, since: 'a' })
    await roundTrip()
    const [feed] = server.live.activities
    expect(feed?.question).toEqual({ filter: { statuses: ['RUNNING'] }, since: 'a' })
    const events: Activity[] = [
      { is: 'gap', cursor: 'b', observedMs: 1000, reason: 'too old' },
      { is: 'task', cursor: 'c', observedMs: 2000, kind: 'STARTED', task: taskOf(8), previousStatus: null },
    ]
    for (const event of events) feed?.tell(event)
    expect([await event(), await event()]).toEqual([
      { __typename: 'TaskGapEvent', cursor: 'b', observedAt: '1970-01-01T00:00:01.000Z', reason: 'too old' },
      {
        __typename: 'TaskEvent',
        cursor: 'c',
        observedAt: '1970-01-01T00:00:02.000Z',
        kind: 'STARTED',
        previousStatus: null,
        task: { taskId: '8' },
      },
    ])
  })

  it('refuses a filter that breaks a rule', async () => {
    socket.subscribe('1', ACTIVITY, { filter: { instanceIds: [''] } })
    expectError(await socket.next(), /instance id/, { code: 'BAD_USER_INPUT' })
  })

  async function event(): Promise<unknown> {
    return at(await socket.next(), 'payload', 'data', 'taskActivity')
  }
})

describe('a source of events that fails', () => {
  it('before the first event is an error', async () => {
    const feed = await watch()
    feed.stream.finish(new BadInput('submitted', 'submitted "x" was not found'))
    expectError(await socket.next(), /"x" was not found/, { code: 'BAD_USER_INPUT', argument: 'submitted' })
    await roundTrip()
  })

  it('later is the last result', async () => {
    const feed = await watch()
    feed.tell(taskOf(7))
    await socket.next()
    feed.stream.finish(new BadInput('submitted', 'submitted "x" was not found'))
    expect(await socket.next()).toEqual({
      id: '1',
      type: 'next',
      payload: {
        errors: [
          {
            message: 'submitted "x" was not found',
            extensions: { code: 'BAD_USER_INPUT', argument: 'submitted' },
          },
        ],
      },
    })
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
  })

  it('in a way that nobody expected is masked, with the id that the log has', async () => {
    const feed = await watch()
    feed.stream.finish(new Error('canary'))
    expectError(await socket.next(), /^Internal error 1$/, { code: 'INTERNAL_SERVER_ERROR', id: '1' })
    expect(server.unexpected).toEqual([new Error('canary')])
    await roundTrip()
  })
})

describe('a subscriber who has gone', () => {
  it('from one subscription ends it at once, and no other', async () => {
    const first = await watch()
    socket.subscribe('2', WATCH, { ids: [ID] })
    await roundTrip()
    socket.send({ id: '1', type: 'complete' })
    await first.ended
    server.live.watches[1]?.tell(taskOf(7))
    expect(await socket.next()).toMatchObject({ id: '2', type: 'next' })
  })

  it('with the connection ends all of them', async () => {
    await watch()
    socket.subscribe('2', ACTIVITY)
    await roundTrip()
    socket.socket.terminate()
    await Promise.all([server.live.watches[0]?.ended, server.live.activities[0]?.ended])
  })

  it('may subscribe again under the same id', async () => {
    const first = await watch()
    socket.send({ id: '1', type: 'complete' })
    await first.ended
    socket.subscribe('1', WATCH, { ids: [ID] })
    await roundTrip()
    server.live.watches[1]?.tell(taskOf(7))
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
  })
})
