import { setImmediate } from 'node:timers/promises'
import { upstreamCost } from '../src/call-cost'
import { failureOf } from './support/tencent-harness'
import { Caller, HeldUpstream } from './support/held-upstream'

let upstream: HeldUpstream
beforeEach(() => {
  upstream = new HeldUpstream()
})

describe('equal calls that overlap', () => {
  it('are one call, which the first pays for', async () => {
    const client = upstream.shared()
    const callers = Array.from({ length: 50 }, () => new Caller())
    const answers = callers.map(({ scope }) => client.call('List', { Offset: 0 }, scope))
    ;(await upstream.sent()).answer('rows')
    const answered = await Promise.all(answers)
    expect(new Set(answered.map(({ response }) => response)).size).toBe(1)
    expect(upstream.calls).toHaveLength(1)
    expect(answered.map(({ cost }) => upstreamCost(cost))).toEqual([
      { calls: 1, cacheHits: 0, shared: 0, queuedMs: 0 },
      ...Array.from({ length: 49 }, () => ({ calls: 0, cacheHits: 0, shared: 1, queuedMs: 0 })),
    ])
  })

  it('are one call without a cache too', async () => {
    const client = upstream.shared({ ttlMs: 0 })
    const answers = [1, 2].map(() => client.call('List', {}, new Caller().scope))
    ;(await upstream.sent()).answer('rows')
    await Promise.all(answers)
    expect(upstream.calls).toHaveLength(1)
  })

  it('are equal in whatever order their parameters stand', async () => {
    const client = upstream.shared()
    void client.call('List', { Offset: 0, Limit: 5, Types: [1, 2] }, new Caller().scope)
    void client.call('List', { Types: [1, 2], Limit: 5, Offset: 0 }, new Caller().scope)
    await upstream.sent()
    expect(upstream.calls).toHaveLength(1)
  })

  it.each([
    ['the action', 'Count', { Id: 5n }],
    ['a value', 'List', { Id: 6n }],
    ['a type', 'List', { Id: '5' }],
    ['a name', 'List', { Task: 5n }],
    ['what else is asked', 'List', { Id: 5n, Offset: 1 }],
  ])('are not equal where %s differs', async (_, action, parameters) => {
    const client = upstream.shared()
    void client.call('List', { Id: 5n }, new Caller().scope)
    void client.call(action, parameters, new Caller().scope)
    await upstream.sent()
    expect(upstream.calls).toHaveLength(2)
  })

  it('are never shared between accounts, products or regions', async () => {
    for (const name of ['cdb/prod/ap-tokyo', 'cdb/dev/ap-tokyo', 'postgres/prod/ap-tokyo', 'cdb/prod/-'])
      void upstream.shared({ name }).call('List', {}, new Caller().scope)
    await upstream.sent()
    expect(upstream.calls).toHaveLength(4)
  })

  it('fail together, and the next one asks again', async () => {
    const client = upstream.shared()
    const answers = [1, 2, 3].map(() => client.call('List', {}, new Caller().scope))
    const settled = Promise.allSettled(answers)
    ;(await upstream.sent()).fail(new Error('down'))
    expect(await settled).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'rejected', reason: new Error('down') })),
    )
    const next = client.call('List', {}, new Caller().scope)
    ;(await upstream.sent()).answer('up')
    expect(await next).toMatchObject({ text: 'up' })
    expect(upstream.calls).toHaveLength(2)
  })

  it('are two where the later one may not be served by what was asked before it', async () => {
    const client = upstream.shared()
    const early = client.call('List', {}, new Caller().scope)
    await upstream.sent()
    upstream.nowMs += 10
    const late = client.call('List', {}, new Caller({ notBeforeMs: upstream.nowMs }).scope)
    const third = client.call('List', {}, new Caller().scope)
    ;(await upstream.sent(1)).answer('late')
    ;(await upstream.sent(0)).answer('early')
    expect(await Promise.all([early, late, third])).toMatchObject([
      { text: 'early' },
      { text: 'late' },
      { text: 'late' },
    ])
    expect(upstream.calls).toHaveLength(2)
  })
})

describe('a caller that goes away', () => {
  it('is answered at once, and takes the call from nobody else', async () => {
    const client = upstream.shared()
    const [starter, joiner] = [new Caller(), new Caller()]
    const gone = client.call('List', {}, starter.scope)
    const stays = client.call('List', {}, joiner.scope)
    const call = await upstream.sent()
    starter.leave()
    await expect(gone).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', cause: new Error('gone') })
    expect(call.scope.signal.aborted).toBe(false)
    call.answer('rows')
    expect(await stays).toMatchObject({ text: 'rows' })
  })

  it('is paid for by the next one who waits where it started the call', async () => {
    const client = upstream.shared()
    const [starter, next, other] = [new Caller(), new Caller(), new Caller()]
    const gone = failureOf(client.call('List', {}, starter.scope))
    const answers = [next, other].map(({ scope }) => client.call('List', {}, scope))
    const call = await upstream.sent()
    starter.leave()
    call.answer('rows')
    const costs = [(await gone).cost, ...(await Promise.all(answers)).map(({ cost }) => cost)]
    expect(costs.map(({ calls, shared }) => ({ calls, shared }))).toEqual([
      { calls: 0, shared: 0 },
      { calls: 1, shared: 0 },
      { calls: 0, shared: 1 },
    ])
  })

  it('ends the call where it was the last', async () => {
    const client = upstream.shared()
    const callers = [new Caller(), new Caller()]
    const gone = Promise.allSettled(callers.map(({ scope }) => client.call('List', {}, scope)))
    const call = await upstream.sent()
    for (const caller of callers) caller.leave()
    expect(call.scope.signal).toMatchObject({ aborted: true, reason: new Error('gone') })
    expect(await gone).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
  })

  it('leaves nothing to join: who comes next asks anew, and is not lost when the old call ends', async () => {
    const client = upstream.shared()
    const last = new Caller()
    const gone = Promise.allSettled([client.call('List', {}, last.scope)])
    const ended = await upstream.sent()
    last.leave()
    await gone
    const next = client.call('List', {}, new Caller().scope)
    const call = await upstream.sent()
    ended.fail(new Error('aborted'))
    await setImmediate()
    const joins = client.call('List', {}, new Caller().scope)
    call.answer('rows')
    expect(await Promise.all([next, joins])).toMatchObject([{ text: 'rows' }, { text: 'rows' }])
    expect(upstream.calls).toHaveLength(2)
  })

  it('that was gone before it asked sends nothing', async () => {
    const caller = new Caller()
    caller.leave()
    await expect(upstream.shared().call('List', {}, caller.scope)).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    })
    expect(upstream.calls).toHaveLength(0)
  })

  it('does not wait for a store that takes its time', async () => {
    const store = { get: () => new Promise<null>(() => undefined), set: () => undefined }
    const caller = new Caller()
    const answer = upstream.shared({ store }).call('List', {}, caller.scope)
    await setImmediate()
    caller.leave()
    await expect(answer).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', cause: new Error('gone') })
    expect(upstream.calls).toHaveLength(0)
  })

  it('may leave after the answer without harm', async () => {
    const client = upstream.shared()
    const [starter, joiner] = [new Caller(), new Caller()]
    const answers = [starter, joiner].map(({ scope }) => client.call('List', {}, scope))
    const call = await upstream.sent()
    call.answer('rows')
    await Promise.all(answers)
    starter.leave()
    joiner.leave()
    expect(call.scope.signal.aborted).toBe(false)
  })
})

describe('the shared call', () => {
  it('has the latest deadline of those who wait', async () => {
    const client = upstream.shared()
    const callers = [500, 900, 700].map((deadlineMs) => new Caller({ deadlineMs }))
    const answers = Promise.allSettled(callers.map(({ scope }) => client.call('List', {}, scope)))
    const call = await upstream.sent()
    expect(call.scope.deadlineMs).toBe(900)
    callers[1]?.leave()
    expect(call.scope.deadlineMs).toBe(700)
    call.answer('rows')
    await answers
  })

  it('has no deadline where one of them has none', async () => {
    const client = upstream.shared()
    void client.call('List', {}, new Caller({ deadlineMs: 500 }).scope)
    void client.call('List', {}, new Caller().scope)
    expect((await upstream.sent()).scope.deadlineMs).toBe(Infinity)
  })

  it('is a background call until somebody waits for it', async () => {
    const client = upstream.shared()
    void client.call('List', {}, new Caller({ background: true }).scope)
    const call = await upstream.sent()
    expect(call.scope.background).toBe(true)
    void client.call('List', {}, new Caller().scope)
    await setImmediate()
    expect(call.scope.background).toBe(false)
  })
})
