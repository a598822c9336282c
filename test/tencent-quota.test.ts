import { setMaxListeners } from 'node:events'
import fc from 'fast-check'
import type { CallContext } from '../src/call-context'
import { CostTally, NO_COST } from '../src/call-cost'
import { createRateLimiter, rateLimit, type RateLimiter } from '../src/tencent/rate-limiter'
import { upstreamRequest } from './support/upstream-request'
import { closeAll, failureOf, harness, scope } from './support/tencent-harness'
import { answering, inTurn, refusing, type Answer } from './support/tencent-upstream'
import { outage } from './support/paging/direct-gateway'
import { createVirtualTime, type VirtualTime } from './support/virtual-time'

afterEach(closeAll)

const START_MS = Date.UTC(2026, 0, 1)

interface Lane {
  readonly time: VirtualTime
  readonly quota: RateLimiter
  /** Number and moment of every call that was let out. */
  readonly sent: { call: number; atMs: number }[]
  /** Asks for the next call to be let out. */
  readonly ask: (scope?: CallContext) => Promise<void>
}

function lane(callsPerSecond: number): Lane {
  const time = createVirtualTime(START_MS)
  const quota = createRateLimiter({ service: 'cdb', callsPerSecond, clock: time, sleep: time.sleep })
  const sent: Lane['sent'] = []
  let asked = 0
  const ask = async (asking = scope()): Promise<void> => {
    const call = asked++
    const slot = await quota.acquire(asking)
    sent.push({ call, atMs: time.now() - START_MS })
    slot.written(time.now())
    slot.ended(time.now())
  }
  return { time, quota, sent, ask }
}

/** The most calls that any sliding window saw. */
function busiest(sent: Lane['sent'], windowMs: number): number {
  const within = (fromMs: number): number =>
    sent.filter(({ atMs }) => atMs >= fromMs && atMs <= fromMs + windowMs).length
  return Math.max(0, ...sent.map(({ atMs }) => within(atMs)))
}

it('never lets more calls out in any second than the quota, lets all of them out, and in order', async () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 7 }), async (pausesMs, callsPerSecond) => {
      const { time, sent, ask } = lane(callsPerSecond)
      for (const pauseMs of pausesMs) {
        await time.runUntil(time.now() + pauseMs)
        void ask()
      }
      await time.runUntil(time.now() + 100_000)
      expect(busiest(sent, 1000)).toBeLessThanOrEqual(callsPerSecond)
      expect(sent.map(({ call }) => call)).toEqual(pausesMs.map((_, call) => call))
    }),
    { numRuns: 50 },
  )
})

/** How long one call connects, is under way, and is worked on. */
const MILLISECONDS = fc.tuple(
  fc.integer({ min: 0, max: 900 }),
  fc.integer({ min: 0, max: 2000 }),
  fc.integer({ min: 0, max: 900 }),
)

it('never lets the cloud count too many, however long calls connect and are worked on', async () => {
  const calls = fc.array(MILLISECONDS, { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 7 }), async (delays, callsPerSecond) => {
      const { time, quota } = lane(callsPerSecond)
      const counted: Lane['sent'] = []
      const send = async (
        [connectMs, wayMs, workMs]: (typeof delays)[number],
        call: number,
      ): Promise<void> => {
        const slot = await quota.acquire(scope())
        await time.sleep(connectMs)
        slot.written(time.now())
        await time.sleep(wayMs)
        counted.push({ call, atMs: time.now() - START_MS })
        await time.sleep(workMs)
        slot.ended(time.now())
      }
      const all = Promise.all(delays.map(send))
      await time.runUntil(time.now() + 200_000)
      await all
      expect(busiest(counted, 1000)).toBeLessThanOrEqual(callsPerSecond)
    }),
    { numRuns: 50 },
  )
})

it('creates no promise for a call that need not wait', () => {
  const { quota } = lane(2)
  expect(quota.acquire(scope())).not.toBeInstanceOf(Promise)
  expect(quota.acquire(scope())).not.toBeInstanceOf(Promise)
  expect(quota.acquire(scope())).toBeInstanceOf(Promise)
})

it('uses the whole quota: lets calls out as soon as it may', async () => {
  const { time, sent, ask } = lane(20)
  for (let call = 0; call < 50; call++) void ask()
  await time.runUntil(START_MS + 10_000)
  const moments = sent.map(({ atMs }) => atMs)
  expect(moments).toEqual(Array.from({ length: 50 }, (_, call) => Math.floor(call / 20) * 1020))
})

it('learns to use over 95 % of the quota of a cloud that works on each answer for half a second', async () => {
  const { time, quota } = lane(20)
  let answers = 0
  const send = async (): Promise<void> => {
    const slot = await quota.acquire(scope())
    slot.written(time.now())
    await time.sleep(500)
    slot.ended(time.now())
    answers += 1
  }
  for (let call = 0; call < 1000; call++) void send()
  await time.runUntil(START_MS + 7000)
  const learning = answers
  await time.runUntil(START_MS + 37_000)
  expect(answers - learning).toBeGreaterThan(0.95 * 20 * 30)
})

it('lets lists out that somebody waits for before what polls in the background', async () => {
  const { time, sent, ask } = lane(1)
  void ask()
  void ask(scope({ background: true }))
  void ask()
  await time.runUntil(START_MS + 10)
  void ask()
  await time.runUntil(START_MS + 10_000)
  expect(sent.map(({ call }) => call)).toEqual([0, 2, 3, 1])
})

it('does not count the background polls ahead of a list when it looks whether the list is in time', async () => {
  const { time, sent, ask } = lane(1)
  await ask()
  for (let call = 0; call < 5; call++) void ask(scope({ background: true }))
  void ask(scope({ deadlineMs: START_MS + 1100 }))
  const poll = failureOf(ask(scope({ background: true, deadlineMs: START_MS + 1100 })))
  await expect(poll).resolves.toHaveProperty('code', 'UPSTREAM_THROTTLED')
  await time.runUntil(START_MS + 1100)
  expect(sent.map(({ call }) => call)).toEqual([0, 6])
})

it('calls a wait throttled that its deadline ended after all', async () => {
  const { time, ask } = lane(1)
  const deadline = new AbortController()
  void ask()
  const call = failureOf(ask(scope({ signal: deadline.signal })))
  await time.runUntil(START_MS + 500)
  deadline.abort(new DOMException('late', 'TimeoutError'))
  await expect(call).resolves.toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 520 })
})

describe('a cloud that says there were too many calls', () => {
  /** How many calls go out in the second after this one, which all want to. */
  async function perSecond({ time, sent, ask }: Lane): Promise<number> {
    const fromMs = time.now() - START_MS
    const gone = new AbortController()
    setMaxListeners(0, gone.signal)
    for (let call = 0; call < 100; call++) ask(scope({ signal: gone.signal })).catch(() => undefined)
    await time.runUntil(time.now() + 1000)
    gone.abort()
    return sent.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 1000).length
  }

  it('gets fewer, once for all that it refused together, and then more again step by step', async () => {
    const sending = lane(20)
    expect(await perSecond(sending)).toBe(20)
    for (let refusal = 0; refusal < 5; refusal++) sending.quota.throttled()
    const rates: number[] = []
    for (let second = 0; second < 8; second++) {
      await sending.time.runUntil(sending.time.now() + 100)
      rates.push(await perSecond(sending))
    }
    // Fourteen, and the first step up at the end of that second.
    expect(rates[0]).toBe(15)
    expect(rates).toEqual([...rates].sort((a, b) => a - b))
    expect(rates.at(-1)).toBe(20)
  })

  it('still gets one call a second when it says so again and again', async () => {
    const sending = lane(20)
    for (let second = 0; second < 30; second++) {
      sending.quota.throttled()
      await sending.time.runUntil(sending.time.now() + 1000)
      sending.quota.throttled()
    }
    expect(await perSecond(sending)).toBeGreaterThanOrEqual(1)
    expect(await perSecond(sending)).toBeLessThanOrEqual(4)
  })
})

it('makes the pause longer for a share of less than one call a second', async () => {
  const { time, sent, ask } = lane(0.5)
  for (let call = 0; call < 3; call++) void ask()
  await time.runUntil(START_MS + 10_000)
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 2020, 4040])
})

it('refuses a call at once that would wait past its deadline, and says when to come again', async () => {
  const { time, sent, ask } = lane(1)
  void ask()
  void ask()
  await time.runUntil(START_MS + 100)
  const failure = await failureOf(ask(scope({ deadlineMs: START_MS + 1500 })))
  expect(failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryable: true, retryAfterMs: 1940 })
  expect(failure.upstreamCode).toBeUndefined()
  expect(time.now()).toBe(START_MS + 100)
  expect(sent).toHaveLength(1)
})

it('lets a call wait that is let out just before its deadline', async () => {
  const { time, sent, ask } = lane(1)
  await ask()
  void ask(scope({ deadlineMs: START_MS + 1020 }))
  await time.runUntil(START_MS + 5000)
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 1020])
})

it('gives the place of a caller that has gone away to the next one', async () => {
  const { time, sent, ask } = lane(1)
  const caller = new AbortController()
  void ask()
  const gone = failureOf(ask(scope({ signal: caller.signal })))
  void ask()
  await time.runUntil(START_MS + 100)
  caller.abort()
  await expect(gone).resolves.toHaveProperty('code', 'UPSTREAM_TIMEOUT')
  await time.runUntil(START_MS + 5000)
  expect(sent).toEqual([
    { call: 0, atMs: 0 },
    { call: 2, atMs: 1020 },
  ])
})

it('adds up the time that calls have waited', async () => {
  const { time, quota } = lane(1)
  const options = { service: 'cdb', callsPerSecond: 1, clock: time, sleep: time.sleep }
  const call = rateLimit(
    quota,
    options,
  )(({ slot, queuedMs = 0 }) => {
    slot?.ended(time.now())
    return Promise.reject(outage().with({ cost: { ...NO_COST, queuedMs } }))
  })
  const failures = [1, 2, 3].map(() => failureOf(call(upstreamRequest('DescribeTasks', {}), scope())))
  await time.runUntil(START_MS + 5000)
  const cost = new CostTally()
  for (const failure of await Promise.all(failures)) cost.add(failure.cost)
  expect(cost.queuedMs).toBe(1020 + 2040)
})

it('is not closed for an hour when the clock is set back by one', async () => {
  const { time, sent, ask } = lane(1)
  await ask()
  await time.runUntil(START_MS + 10)
  time.set(START_MS - 3_600_000)
  void ask()
  await time.runUntil(START_MS - 3_600_000 + 3100)
  expect(sent).toHaveLength(2)
})

describe('the client', () => {
  const OK = answering({ RequestId: 'r' })

  it('passes every attempt through the quota, repetitions too', async () => {
    const time = createVirtualTime(START_MS)
    const arrivedMs: number[] = []
    const answer: Answer = (response, index, received) => {
      arrivedMs.push(time.now() - START_MS)
      inTurn(refusing('InternalError'), OK)(response, index, received)
    }
    const paced = { callsPerSecond: 1, clock: time, sleep: time.sleep, random: () => 0 }
    const { client } = await harness(answer, paced)
    const call = client.call('DescribeTasks', {}, scope())
    await eventually(time, () => arrivedMs.length === 2)
    const { cost } = await call
    expect(arrivedMs[1]).toBeGreaterThan(1000)
    expect(cost.calls).toBe(2)
    expect(cost.queuedMs).toBeGreaterThan(0)
  })

  it('does not count or repeat a call that its own quota refused', async () => {
    const time = createVirtualTime(START_MS)
    const { client, upstream } = await harness(OK, { callsPerSecond: 1, clock: time, sleep: time.sleep })
    await client.call('DescribeTasks', {}, scope())
    const asking = scope({ deadlineMs: START_MS + 500 })
    const failure = await failureOf(client.call('DescribeTasks', {}, asking))
    expect(failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 1020 })
    expect(upstream.received).toHaveLength(1)
    expect(failure.cost.calls).toBe(0)
  })
})

/** Lets virtual time pass in small steps, so that real exchanges can happen in between. */
async function eventually(time: VirtualTime, isSo: () => boolean): Promise<void> {
  for (let step = 0; step < 1000 && !isSo(); step++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await time.runUntil(time.now() + 10)
  }
}
