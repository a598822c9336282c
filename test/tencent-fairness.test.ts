import type { CallContext } from '../src/call-context'
import { createRateLimiter, type RateLimiterOptions } from '../src/tencent/rate-limiter'
import { createSlidingWindowLog } from '../src/tencent/sliding-window-log'
import { scope } from './support/tencent-harness'
import { createVirtualTime } from './support/virtual-time'

const START_MS = Date.UTC(2026, 0, 1)

/** A log that answers later, as one in Redis does. */
const remote: RateLimiterOptions['sendLog'] = (size, windowMs) => {
  const log = createSlidingWindowLog(size, windowMs)
  return { ...log, take: (rate, nowMs) => Promise.resolve(log.take(rate, nowMs)) }
}

describe.each([
  ['this process', {}],
  ['the replicas', { sendLog: remote }],
])('the queue for the quota of %s', (_, own) => {
  /** Notes whose calls go, and when. */
  function limited(callsPerSecond: number) {
    const time = createVirtualTime(START_MS)
    const limiter = createRateLimiter({
      service: 'cdb',
      callsPerSecond,
      clock: time,
      sleep: time.sleep,
      ...own,
    })
    const sent: { name: string; atMs: number }[] = []
    const ask = async (name: string, over: Partial<CallContext> = {}): Promise<void> => {
      const slot = await limiter.acquire(scope({ payer: name, ...over }))
      sent.push({ name, atMs: time.now() - START_MS })
      slot.written(time.now())
      slot.ended(time.now())
    }
    const flood = (name: string, calls: number) => {
      for (let call = 0; call < calls; call++) void ask(name)
    }
    const names = () => sent.map(({ name }) => name)
    return { time, limiter, sent, ask, flood, names }
  }

  it('serves callers in turn, however many calls each of them has', async () => {
    const { time, ask, flood, names } = limited(1)
    flood('hostile', 200)
    await time.runUntil(START_MS + 10)
    flood('valid', 3)
    void ask('other')
    await time.runUntil(START_MS + 20_000)
    const order = names().slice(0, 9)
    expect(order.slice(0, 5)).toEqual(['hostile', 'hostile', 'valid', 'other', 'hostile'])
    expect(order.filter((name) => name === 'valid')).toHaveLength(3)
    expect(names()).toHaveLength(20)
  })

  it('has room at once for one who comes while another wants more than the quota', async () => {
    const { time, ask, flood, sent } = limited(20)
    flood('hostile', 200)
    for (let second = 0; second < 5; second++) {
      await time.runUntil(START_MS + second * 1100 + 500)
      void ask('valid')
    }
    await time.runUntil(START_MS + 6000)
    const waitsMs = sent.filter(({ name }) => name === 'valid').map(({ atMs }, at) => atMs - at * 1100 - 500)
    expect(Math.max(...waitsMs)).toBe(0)
    expect(waitsMs).toHaveLength(5)
    // Nine tenths of the quota in each window.
    expect(sent.filter(({ name }) => name === 'hostile').length).toBeGreaterThanOrEqual(6 * 18 - 5)
  })

  it('lets a call go at the first turn of any who wait for it', async () => {
    const { time, ask, flood, names } = limited(1)
    const payers = new Set(['hostile'])
    flood('hostile', 20)
    void ask('shared', { payer: 'hostile', payers })
    await time.runUntil(START_MS + 10)
    payers.add('valid')
    await time.runUntil(START_MS + 2100)
    expect(names()).toEqual(['hostile', 'hostile', 'shared'])
  })

  it('lets polls go after the calls of requests, but before those of a caller that had many', async () => {
    const { time, ask, flood, names } = limited(20)
    flood('hostile', 200)
    await time.runUntil(START_MS + 1000)
    expect(names()).toHaveLength(18)
    void ask('poll', { payer: '', background: true })
    void ask('valid')
    void ask('late')
    await time.runUntil(START_MS + 1019)
    expect(names().slice(18).sort()).toEqual(['late', 'valid'])
    await time.runUntil(START_MS + 1020)
    expect(names()).toContain('poll')
  })

  it('forgets what a caller had when a second has passed', async () => {
    const { time, flood, names } = limited(20)
    flood('hostile', 18)
    await time.runUntil(START_MS + 1020)
    flood('hostile', 18)
    await time.runUntil(START_MS + 1021)
    expect(names()).toHaveLength(36)
  })

  it('refuses a call whose own turn comes too late, and not one of another caller', async () => {
    const { time, limiter, ask, flood, names } = limited(1)
    flood('hostile', 8)
    await time.runUntil(START_MS + 10)
    const deadlineMs = time.now() + 3000
    await expect(limiter.acquire(scope({ payer: 'hostile', deadlineMs }))).rejects.toHaveProperty(
      'code',
      'UPSTREAM_THROTTLED',
    )
    void ask('valid', { deadlineMs })
    await time.runUntil(deadlineMs)
    expect(names().indexOf('valid')).toBe(2)
  })
})
