import { createMemoryStore } from '../src/cache/memory-store'
import { coalesce } from '../src/cache/coalesce'
import { abortError } from '../src/tencent/transport-errors'
import type { UpstreamResponse } from '../src/upstream-call'
import { Caller } from './support/held-upstream'
import { closeAll, failureOf, harness, type TestClient } from './support/tencent-harness'
import { answering, hang, type Answer } from './support/tencent-upstream'
import { createVirtualTime, type VirtualTime } from './support/virtual-time'

const START_MS = Date.UTC(2026, 0, 1)
const OK = answering({ RequestId: 'r' })

let time: VirtualTime
beforeEach(() => {
  time = createVirtualTime(START_MS)
})
afterEach(closeAll)

interface Sharing {
  readonly client: TestClient
  /** What the upstream was asked, in the order of arrival. */
  readonly asked: () => readonly string[]
}

/** A client that sends one call a second, and makes equal ones one. */
async function sharing(answer: Answer = OK): Promise<Sharing> {
  const { client, upstream } = await harness(answer, {
    callsPerSecond: 1,
    clock: time,
    sleep: time.sleep,
    coalesce: (limiter) =>
      coalesce({
        name: 'cdb/default/ap-guangzhou',
        store: createMemoryStore<UpstreamResponse>({ maxEntries: 1, maxBytes: 1, now: time.now }),
        ttlMs: 0,
        isUsable: () => true,
        toKept: (response) => response,
        abortErrorOf: (signal, call) => abortError('cdb', signal, call && limiter.queuedMs(call)),
        now: time.now,
      }),
  })
  return {
    client,
    asked: () => upstream.received.map(({ body }) => String(Object.values(JSON.parse(body) as object)[0])),
  }
}

const poll = () => new Caller({ background: true }).scope

/** Lets virtual time pass in small steps, so that real exchanges can happen in between. */
async function eventually(isSo: () => boolean): Promise<void> {
  for (let step = 0; step < 1000 && !isSo(); step++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await time.runUntil(time.now() + 20)
  }
}

const late = () => new DOMException('late', 'TimeoutError')

describe('a poll in the queue', () => {
  it('that somebody joins goes with what somebody waits for, in the order of arrival', async () => {
    const { client, asked } = await sharing()
    await client.call('List', { Name: 'first' }, new Caller().scope)
    const calls = [
      client.call('List', { Name: 'poll' }, poll()),
      client.call('List', { Name: 'joined poll' }, poll()),
      client.call('List', { Name: 'list' }, new Caller().scope),
    ]
    await time.runUntil(START_MS + 100)
    calls.push(client.call('List', { Name: 'joined poll' }, new Caller().scope))
    await eventually(() => asked().length === 4)
    await Promise.all(calls)
    expect(asked()).toEqual(['first', 'joined poll', 'list', 'poll'])
  })

  it('that was joined counts as ahead of the next one who waits', async () => {
    const { client } = await sharing()
    await client.call('List', { Name: 'first' }, new Caller().scope)
    const polled = client.call('List', { Name: 'poll' }, poll())
    await time.runUntil(START_MS + 100)
    const joined = client.call('List', { Name: 'poll' }, new Caller().scope)
    await time.runUntil(START_MS + 100)
    const impatient = new Caller({ deadlineMs: START_MS + 1500 })
    const failure = await failureOf(client.call('List', { Name: 'list' }, impatient.scope))
    expect(failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 1940 })
    expect(failure.message).toBe('the queue for cdb is 1940 ms long, and the request has only 1400 ms left')
    await eventually(() => time.now() > START_MS + 3000)
    await Promise.all([polled, joined])
  })

  it('that the one who joined it has left waits in the background again', async () => {
    const { client, asked } = await sharing()
    await client.call('List', { Name: 'first' }, new Caller().scope)
    const joiner = new Caller()
    const calls = [
      client.call('List', { Name: 'poll' }, poll()),
      client.call('List', { Name: 'list' }, new Caller().scope),
    ]
    await time.runUntil(START_MS + 100)
    const joined = failureOf(client.call('List', { Name: 'poll' }, joiner.scope))
    await time.runUntil(START_MS + 200)
    joiner.leave()
    await joined
    await eventually(() => asked().length === 3)
    await Promise.all(calls)
    expect(asked()).toEqual(['first', 'list', 'poll'])
  })
})

describe('a deadline that passes', () => {
  it('in the queue is throttling for all who waited, and says when to come again', async () => {
    const { client, asked } = await sharing()
    await client.call('List', { Name: 'first' }, new Caller().scope)
    const callers = [new Caller(), new Caller()]
    const failures = callers.map(({ scope }) => failureOf(client.call('List', { Name: 'next' }, scope)))
    await time.runUntil(START_MS + 500)
    for (const { controller } of callers) controller.abort(late())
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryable: true, retryAfterMs: 520 })
      expect(failure.message).toBe("the request's deadline passed while its call waited in the queue for cdb")
    }
    expect(asked()).toEqual(['first'])
  })

  it('at the head of the queue never says to come again in no time', async () => {
    const { client } = await sharing()
    await client.call('List', { Name: 'first' }, new Caller().scope)
    const caller = new Caller()
    const failure = failureOf(client.call('List', { Name: 'next' }, caller.scope))
    await time.runUntil(START_MS + 500)
    time.set(START_MS + 2000)
    caller.controller.abort(late())
    expect(await failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 1 })
  })

  it('before the call has joined the queue is a deadline, not a queue', async () => {
    const { client } = await sharing()
    const failure = await failureOf(client.call('List', {}, new Caller({ deadlineMs: START_MS - 1 }).scope))
    expect(failure).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryAfterMs: undefined })
    expect(failure.message).toBe("the request's deadline passed before cdb could be asked")
  })

  it('after the call was sent is an answer that did not come', async () => {
    const { client, asked } = await sharing(hang)
    const caller = new Caller()
    const failure = failureOf(client.call('List', { Name: 'hangs' }, caller.scope))
    await eventually(() => asked().length === 1)
    caller.controller.abort(late())
    expect(await failure).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: "cdb gave no answer within the request's deadline",
      cost: { calls: 1, shared: 0 },
    })
  })
})
