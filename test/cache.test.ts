import { createMemoryStore, sizeOf } from '../src/cache/memory-store'
import { upstreamCost } from '../src/call-cost'
import { Caller, HeldUpstream, responseOf, textOf, type HeldClient } from './support/held-upstream'

const UNSENT = { calls: 0, cacheHits: 1, shared: 0, queuedMs: 0 }

let upstream: HeldUpstream
beforeEach(() => {
  upstream = new HeldUpstream()
})

/** Asks, and has it answered at once. */
async function fill(client: HeldClient, text: string): Promise<void> {
  const answer = client.call('List', {}, new Caller().scope)
  ;(await upstream.sent()).answer(text)
  await answer
}

/** Keeps nothing, and notes what it is told to give up. */
function emptyStore() {
  const givenUp: string[] = []
  const store = { get: () => null, set: () => undefined, giveUp: (key: string) => void givenUp.push(key) }
  return { store, givenUp }
}

describe('an answer', () => {
  it('is served again while it is younger than its time, and then asked for anew', async () => {
    const client = upstream.shared()
    await fill(client, 'old')
    upstream.nowMs += 999
    const { text, cost } = await client.call('List', {}, new Caller().scope)
    expect(text).toBe('old')
    expect(upstreamCost(cost)).toEqual(UNSENT)
    upstream.nowMs += 1
    await fill(client, 'new')
    expect(await client.call('List', {}, new Caller().scope)).toMatchObject({ text: 'new' })
    expect(upstream.calls).toHaveLength(2)
  })

  it('is as old as its question', async () => {
    const client = upstream.shared()
    const slow = client.call('List', {}, new Caller().scope)
    const call = await upstream.sent()
    upstream.nowMs += 600
    call.answer('slow')
    await slow
    upstream.nowMs += 399
    expect(await client.call('List', {}, new Caller().scope)).toMatchObject({ text: 'slow' })
    upstream.nowMs += 1
    await fill(client, 'new')
    expect(upstream.calls).toHaveLength(2)
  })

  it('that came too late is not kept', async () => {
    const client = upstream.shared()
    const slow = client.call('List', {}, new Caller().scope)
    const call = await upstream.sent()
    upstream.nowMs += 1000
    call.answer('slow')
    await slow
    await fill(client, 'new')
    expect(upstream.calls).toHaveLength(2)
  })

  it('brings no stampede when its time is over', async () => {
    const client = upstream.shared()
    await fill(client, 'old')
    upstream.nowMs += 1000
    const answers = Array.from({ length: 200 }, () => client.call('List', {}, new Caller().scope))
    ;(await upstream.sent()).answer('new')
    expect(new Set((await Promise.all(answers)).map(({ text }) => text))).toEqual(new Set(['new']))
    expect(upstream.calls).toHaveLength(2)
  })

  it('does not serve a question that wants a newer one', async () => {
    const client = upstream.shared()
    await fill(client, 'old')
    const asked = upstream.nowMs
    upstream.nowMs += 10
    expect(await client.call('List', {}, new Caller({ notBeforeMs: asked }).scope)).toMatchObject({
      text: 'old',
    })
    const walk = client.call('List', {}, new Caller({ notBeforeMs: asked + 1 }).scope)
    ;(await upstream.sent(1)).answer('new')
    expect(await walk).toMatchObject({ text: 'new' })
  })

  it('is not kept alive by a clock that is set back', async () => {
    const client = upstream.shared()
    await fill(client, 'old')
    upstream.nowMs -= 3_600_000
    await fill(client, 'new')
    expect(upstream.calls).toHaveLength(2)
  })

  it('is not served to another account from the store that they share', async () => {
    await fill(upstream.shared({ name: 'cdb/prod/ap-tokyo' }), 'of prod')
    await fill(upstream.shared({ name: 'cdb/dev/ap-tokyo' }), 'of dev')
    const again = upstream.shared({ name: 'cdb/prod/ap-tokyo' })
    expect(await again.call('List', {}, new Caller().scope)).toMatchObject({ text: 'of prod' })
    expect(upstream.calls).toHaveLength(2)
  })

  it('is not kept where the time is 0', async () => {
    const client = upstream.shared({ ttlMs: 0 })
    await fill(client, 'one')
    await fill(client, 'two')
    expect(upstream.calls).toHaveLength(2)
  })

  it('is not kept where nothing can be read from it', async () => {
    const client = upstream.shared({ isUsable: (response) => textOf(response) !== 'broken' })
    await fill(client, 'broken')
    await fill(client, 'whole')
    expect(await client.call('List', {}, new Caller().scope)).toMatchObject({ text: 'whole' })
    expect(upstream.calls).toHaveLength(2)
  })

  it('may come from a store that is far away', async () => {
    const kept = responseOf('from afar', upstream.nowMs)
    const store = { get: () => Promise.resolve(kept), set: () => undefined }
    const client = upstream.shared({ store })
    expect((await client.call('List', {}, new Caller().scope)).response).toBe(kept)
    upstream.nowMs += 1000
    await fill(client, 'new')
    expect(upstream.calls).toHaveLength(1)
  })

  it('that will not come is given up, so that nobody waits for it', async () => {
    const { store, givenUp } = emptyStore()
    const client = upstream.shared({ store, isUsable: (response) => textOf(response) !== 'broken' })
    await fill(client, 'whole')
    expect(givenUp).toHaveLength(0)
    await fill(client, 'broken')
    expect(givenUp).toHaveLength(1)
    const failing = client.call('List', {}, new Caller().scope)
    ;(await upstream.sent()).fail(new Error('down'))
    await expect(failing).rejects.toThrow('down')
    expect(givenUp).toHaveLength(2)
    const caller = new Caller()
    const left = client.call('List', {}, caller.scope)
    const call = await upstream.sent()
    caller.leave()
    await expect(left).rejects.toThrow('given up')
    call.fail(new Error('aborted'))
    await upstream.sent()
    expect(new Set(givenUp).size).toBe(1)
    expect(givenUp).toHaveLength(3)
  })

  it('is never given up where none is kept', async () => {
    const { store, givenUp } = emptyStore()
    await fill(upstream.shared({ store, ttlMs: 0 }), 'whole')
    expect(givenUp).toEqual([])
  })
})

describe('the store in memory', () => {
  const now = () => 0
  const value = { askedAtMs: 0 }

  it('keeps what was used last within its bound of entries', () => {
    const store = createMemoryStore({ maxEntries: 2, maxBytes: 1000, now })
    store.set('a', value, 1000, 1)
    store.set('b', value, 1000, 1)
    store.get('a')
    store.set('c', value, 1000, 1)
    expect(['a', 'b', 'c'].map((key) => store.get(key))).toEqual([value, null, value])
  })

  it('keeps no more than its bound of bytes, and nothing that alone is beyond it', () => {
    const store = createMemoryStore({ maxEntries: 100, maxBytes: 1000, now })
    store.set('a', value, 1000, 600)
    store.set('b', value, 1000, 600)
    store.set('c', value, 1000, 1001)
    expect(['a', 'b', 'c'].map((key) => store.get(key))).toEqual([null, value, null])
  })

  it('lets go of what is over', () => {
    let nowMs = 1_700_000_000_000
    const store = createMemoryStore({ maxEntries: 2, maxBytes: 1000, now: () => nowMs })
    store.set('a', value, 1000, 1)
    nowMs += 1000
    expect(store.get('a')).toBe(value)
    nowMs += 1
    expect(store.get('a')).toBeNull()
  })

  it('frees what is over, even what nobody asks for again', () => {
    let nowMs = 1_700_000_000_000
    const store = createMemoryStore({ maxEntries: 100, maxBytes: 1000, now: () => nowMs })
    for (const key of ['a', 'b', 'c']) store.set(key, value, 500, 10)
    nowMs += 1000
    store.set('d', value, 500, 10)
    expect(store.size()).toEqual({ entries: 1, bytes: 10 })
  })

  it('can weigh numbers that JSON has no word for', () => {
    expect(sizeOf({ TaskId: 18446744073709551615n })).toBeGreaterThan(sizeOf({ TaskId: 1n }))
  })
})
