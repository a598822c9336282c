import { Unauthenticated, type Credentials } from '../src/auth/authenticate'
import { ANYONE } from '../src/tasks/caller'
import { encodeTaskId } from '../src/tasks/id'
import { at } from './support/answer'
import { until } from './support/exchange'
import { startLiveServer, type LiveServer, type LiveServerOptions } from './support/live-server'
import { idOf, taskOf } from './support/listed-source'
import { RawSocket } from './support/raw-socket'

const WATCH = 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { taskId progress message } }'
const ID = encodeTaskId(idOf(7))

let server: LiveServer
const open: RawSocket[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()))
  await server.close()
})

async function start(options: LiveServerOptions = {}): Promise<void> {
  server = await startLiveServer(options)
}

async function enter(payload?: unknown, options = {}): Promise<RawSocket> {
  const socket = await RawSocket.enter(server.url, payload, options)
  open.push(socket)
  return socket
}

async function connect(options = {}): Promise<RawSocket> {
  const socket = await RawSocket.open(server.url, options)
  open.push(socket)
  return socket
}

describe('too much', () => {
  it('of connections closes those beyond the limit with 1013, until one has gone', async () => {
    await start({ maxConnections: 2 })
    const first = await enter()
    await enter()
    expect(await (await connect()).closed).toEqual({ code: 1013, reason: 'Too many connections' })
    await first.close()
    await enter()
  })

  it('of connections of one caller closes those beyond its share, and leaves room for others', async () => {
    await start({
      maxConnections: 4,
      callerShare: 0.5,
      authenticate: ({ apiKey = '' }) =>
        Promise.resolve({ caller: { ...ANYONE, name: apiKey }, isRouter: false, expiresMs: null }),
    })
    for (let count = 0; count < 2; count++) await enter({ apiKey: 'hostile' })
    const third = await connect()
    third.send({ type: 'connection_init', payload: { apiKey: 'hostile' } })
    expect(await third.closed).toEqual({ code: 1013, reason: 'Too many connections' })
    await enter({ apiKey: 'valid' })
  })

  it('of connections that never say who they are takes no room of those that do, and they are ended soon', async () => {
    await start({ maxConnections: 4, callerShare: 0.5 })
    // Nothing that comes is read: the close is not answered.
    const silent = await Promise.all(Array.from({ length: 8 }, () => connect()))
    for (const { socket } of silent) socket.pause()
    const began = performance.now()
    await enter()
    expect(performance.now() - began).toBeLessThan(1000)
    await until(() => server.seen.connections <= 3)
    expect(performance.now() - began).toBeLessThan(3000)
    for (const { socket } of silent) socket.resume()
  })

  it('of connections that have not said who they are leaves open a quarter of those that may be', async () => {
    await start({ maxConnections: 8 })
    const silent = await Promise.all(Array.from({ length: 8 }, () => connect()))
    const closes = await Promise.all(silent.slice(0, 6).map(({ closed }) => closed))
    expect(closes).toEqual(closes.map(() => ({ code: 1013, reason: 'Too many connections' })))
    silent[7]?.send({ type: 'connection_init' })
    expect(await silent[7]?.next()).toEqual({ type: 'connection_ack' })
    expect(server.seen.connections).toBe(2)
    expect(server.limits).toEqual(closes.map(() => 'connections'))
  })

  it('of connections of one address that have not said who they are counts against its share', async () => {
    await start({ maxConnections: 8, callerShare: 0.5 })
    const silent = await Promise.all(Array.from({ length: 3 }, () => connect()))
    await Promise.all(silent.slice(0, 2).map(({ closed }) => closed))
    expect(server.limits).toEqual(['caller_share', 'caller_share'])
  })

  it('of operations on a connection fails those beyond the limit, until one has ended', async () => {
    await start({ maxOperations: 2 })
    const socket = await enter()
    for (const id of ['1', '2', '3']) socket.subscribe(id, WATCH, { ids: [ID] })
    expect(await socket.next()).toMatchObject({
      id: '3',
      type: 'error',
      payload: [
        { message: expect.stringContaining('2 operations') as unknown, extensions: { code: 'BAD_REQUEST' } },
      ],
    })
    socket.send({ id: '1', type: 'complete' })
    await server.live.watches[0]?.ended
    socket.subscribe('4', WATCH, { ids: [ID] })
    socket.send({ type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
    server.live.watches[2]?.tell(taskOf(7))
    expect(await socket.next()).toMatchObject({ id: '4', type: 'next' })
  })

  it('of ids fails the subscription with the limit in words', async () => {
    await start({ maxWatchedIds: 2 })
    const socket = await enter()
    socket.subscribe('1', WATCH, { ids: [ID, ID, ID] })
    const message = 'ids has 3 entries; at most 2 are allowed'
    const extensions = { code: 'BAD_USER_INPUT', argument: 'ids' }
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ message, extensions }] })
  })

  it('of text that would have to be kept fails the operation', async () => {
    await start()
    const socket = await enter()
    const ids = [ID]
    for (const id of ['1', '2', '3', '4', '5'])
      socket.subscribe(id, `${WATCH} #${'x'.repeat(250_000)}`, { ids })
    expect(await socket.next()).toMatchObject({
      id: '5',
      type: 'error',
      payload: [{ message: expect.stringContaining('1048576 characters') as unknown }],
    })
    await until(() => server.live.watches.length >= 4)
    expect(server.live.watches).toHaveLength(4)
  })
})

describe('credentials', () => {
  const session = { caller: ANYONE, isRouter: false }

  it('come with connection_init, as over HTTP in headers', async () => {
    const seen: Credentials[] = []
    await start({
      authenticate(credentials) {
        seen.push(credentials)
        return Promise.resolve({ ...session, expiresMs: null })
      },
    })
    await enter({ authorization: 'Bearer a' })
    await enter({ 'x-api-key': 'b' })
    await enter({ apiKey: 'c', authorization: 5 })
    expect(seen).toMatchObject([
      { authorization: 'Bearer a', apiKey: undefined },
      { authorization: undefined, apiKey: 'b' },
      { authorization: undefined, apiKey: 'c' },
    ])
  })

  it('that are wrong close with 4403', async () => {
    await start({ authenticate: () => Promise.reject(new Unauthenticated('wrong')) })
    const socket = await connect()
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer canary' } })
    expect(await socket.closed).toEqual({ code: 4403, reason: 'Forbidden' })
    expect(server.unexpected).toEqual([])
  })

  it('that are wrong have nothing done for what the client sends after the close', async () => {
    await start({ authenticate: () => Promise.reject(new Unauthenticated('wrong')) })
    const socket = await connect()
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer canary' } })
    for (let id = 0; id < 100; id++) socket.subscribe(String(id), '{ __typename }')
    await socket.closed
    expect([server.reports, server.live.watches, server.unexpected]).toEqual([[], [], []])
  })

  it('that expire have nothing done for what the client continues to send', async () => {
    let onEnd = () => undefined as unknown
    await start({
      authenticate: () =>
        Promise.resolve({
          ...session,
          expiresMs: null,
          onWithdrawal: (tell) => {
            onEnd = tell
            return () => undefined
          },
        }),
    })
    const socket = await enter()
    // The server's close is not read, so that this client goes on.
    socket.socket.pause()
    onEnd()
    for (let id = 0; id < 20; id++) socket.subscribe(String(id), '{ __typename }')
    await until(() => server.seen.connections === 0)
    socket.socket.resume()
    await socket.closed
    expect(server.reports).toEqual([])
  })

  it('that expire close with 4403 and end what was open', async () => {
    await start({ authenticate: () => Promise.resolve({ ...session, expiresMs: Date.now() + 300 }) })
    const socket = await enter()
    socket.subscribe('1', WATCH, { ids: [ID] })
    expect(await socket.closed).toEqual({ code: 4403, reason: 'The credentials have expired' })
    await server.live.watches[0]?.ended
  })

  it('of the far future do not expire at once', async () => {
    await start({ authenticate: () => Promise.resolve({ ...session, expiresMs: Date.now() + 2 ** 40 }) })
    const socket = await enter()
    socket.send({ type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  })

  it('that cannot be checked close with 4500 and say nothing of why', async () => {
    await start({ authenticate: () => Promise.reject(new Error('canary')) })
    const socket = await connect()
    socket.send({ type: 'connection_init' })
    expect(await socket.closed).toEqual({ code: 4500, reason: 'Internal server error' })
    expect(server.unexpected).toEqual([new Error('canary')])
  })
})

describe('a client', () => {
  it('that answers no ping is dead; one that does lives on', async () => {
    // Both ends run in this process, so that a shorter pause would judge how busy the machine is.
    await start({ pingMs: 1000 })
    const alive = await enter()
    const dead = await enter(undefined, { autoPong: false })
    dead.subscribe('1', WATCH, { ids: [ID] })
    expect(await dead.closed).toMatchObject({ code: 1006 })
    await server.live.watches[0]?.ended
    alive.send({ type: 'ping' })
    expect(await alive.next()).toEqual({ type: 'pong' })
    expect(server.seen).toMatchObject({ connections: 1, operations: 0, closes: [1006] })
  })

  it('that stops reading is sent the latest state, not all that came between', async () => {
    await start()
    const socket = await enter()
    socket.subscribe('1', WATCH, { ids: [ID] })
    socket.send({ type: 'ping' })
    await socket.next()
    const [watch] = server.live.watches
    const large = 'x'.repeat(200_000)
    socket.socket.pause()
    for (let progress = 0; progress <= 100; progress++) {
      watch?.tell(taskOf(7, { progress, message: large }))
      await new Promise(setImmediate)
    }
    socket.socket.resume()
    let progress: unknown
    do progress = at(await socket.next(), 'payload', 'data', 'taskUpdated', 'progress')
    while (progress !== 100)
    expect(server.seen.results).toBeLessThan(80)
  })

  it('that sends and never reads is not read from either, and goes on when it reads', async () => {
    await start()
    const socket = await enter()
    const payload = { text: 'x'.repeat(200_000) }
    socket.socket.pause()
    for (let count = 0; count < 150; count++) socket.send({ type: 'ping', payload })
    await settled(() => socket.socket.bufferedAmount)
    expect(socket.socket.bufferedAmount).toBeGreaterThan(5_000_000)
    socket.socket.resume()
    for (let count = 0; count < 150; count++) expect(await socket.next()).toMatchObject({ type: 'pong' })
  })
})

/** Resolves when the value has stayed as it is for a while. */
async function settled(value: () => number): Promise<void> {
  let before: number
  do {
    before = value()
    await new Promise((resolve) => setTimeout(resolve, 500))
  } while (value() !== before)
}
