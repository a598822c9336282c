import { CircuitBreaker, type CircuitState, type Seen } from '../src/tencent/circuit-breaker'
import { RetryBudget } from '../src/tencent/retry'
import { sleep } from '../src/lib/sleep'
import { closeAll, failureOf, harness, scope, type Harness } from './support/tencent-harness'
import { answering, hang, refusing, reset, type Answer } from './support/tencent-upstream'

afterEach(closeAll)

const OK = answering({ RequestId: 'r' })

interface Guarded {
  readonly breaker: CircuitBreaker
  readonly states: CircuitState[]
  nowMs: number
}

function guarded(): Guarded {
  const states: CircuitState[] = []
  const clock = { nowMs: 0, now: () => clock.nowMs }
  const breaker = new CircuitBreaker({ service: 'cdb', clock, onChange: (state) => states.push(state) })
  return {
    breaker,
    states,
    get nowMs() {
      return clock.nowMs
    },
    set nowMs(ms) {
      clock.nowMs = ms
    },
  }
}

/** One attempt after the other, each of which shows this. */
function show(breaker: CircuitBreaker, seen: Seen, times = 1): void {
  for (let time = 0; time < times; time++) breaker.leave(breaker.enter(), seen)
}

/** Why the breaker lets nothing through; null where it does. */
function refusalOf(breaker: CircuitBreaker): unknown {
  try {
    breaker.enter()
  } catch (error) {
    return error
  }
  return null
}

function opened(): Guarded {
  const guard = guarded()
  show(guard.breaker, 'silent', 5)
  return guard
}

describe('the breaker', () => {
  it.each([
    ['failed', 10],
    ['silent', 5],
  ] as const)('opens when %s is seen %i times in a row', (seen, times) => {
    const { breaker, states } = guarded()
    show(breaker, seen, times - 1)
    show(breaker, 'unknown', 3)
    expect(breaker.state).toBe('closed')
    show(breaker, seen)
    expect(states).toEqual(['open'])
  })

  it('opens at the second silence where many wait for the same call, and not at the first', () => {
    const { breaker } = guarded()
    breaker.leave(breaker.enter(), 'silent', 1000)
    expect(breaker.state).toBe('closed')
    breaker.leave(breaker.enter(), 'silent', 1)
    expect(breaker.state).toBe('open')
  })

  it('stays closed while one call in ten is answered', () => {
    const { breaker } = guarded()
    for (let round = 0; round < 100; round++) {
      show(breaker, 'failed', 9)
      show(breaker, 'answered')
    }
    expect(breaker.state).toBe('closed')
  })

  it('lets nothing through for a second, and says when to come again', () => {
    const guard = opened()
    guard.nowMs = 999
    expect(refusalOf(guard.breaker)).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
      retryAfterMs: 1,
    })
    guard.nowMs = 1000
    expect(() => guard.breaker.enter()).not.toThrow()
  })

  it('lets one trial call through at a time, and closes when it is answered', () => {
    const guard = opened()
    guard.nowMs = 1000
    const trial = guard.breaker.enter()
    expect(refusalOf(guard.breaker)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    guard.breaker.leave(trial, 'answered')
    expect(guard.states).toEqual(['open', 'half-open', 'closed'])
    show(guard.breaker, 'failed', 9)
    expect(guard.breaker.state).toBe('closed')
  })

  it('is open for another second when the trial call fails', () => {
    const guard = opened()
    guard.nowMs = 1000
    show(guard.breaker, 'failed')
    guard.nowMs = 1999
    expect(() => guard.breaker.enter()).toThrow()
    guard.nowMs = 2000
    expect(() => guard.breaker.enter()).not.toThrow()
  })

  it('gives the trial to the next call when nothing came of it', () => {
    const guard = opened()
    guard.nowMs = 1000
    show(guard.breaker, 'unknown')
    show(guard.breaker, 'answered')
    expect(guard.breaker.state).toBe('closed')
  })

  it('is neither opened nor closed by calls that began before it changed', () => {
    const guard = guarded()
    const late = Array.from({ length: 20 }, () => guard.breaker.enter())
    show(guard.breaker, 'silent', 5)
    guard.breaker.leave(late[0] ?? NaN, 'answered')
    expect(guard.breaker.state).toBe('open')
    guard.nowMs = 1000
    const trial = guard.breaker.enter()
    guard.breaker.leave(late[1] ?? NaN, 'answered')
    expect(() => guard.breaker.enter()).toThrow()
    guard.breaker.leave(trial, 'answered')
    for (const era of late.slice(2)) guard.breaker.leave(era, 'silent')
    expect(guard.breaker.state).toBe('closed')
  })

  it('is not open for an hour when the clock is set back by one', () => {
    const guard = opened()
    guard.nowMs = -3_600_000
    expect(() => guard.breaker.enter()).not.toThrow()
  })
})

describe('the retry budget', () => {
  it('allows a hundred retries in a row, half as many after timeouts, and then none', () => {
    const others = new RetryBudget()
    const timeouts = new RetryBudget()
    for (let retry = 0; retry < 100; retry++) expect(others.spend('other')).toBe(5)
    for (let retry = 0; retry < 50; retry++) expect(timeouts.spend('timeout')).toBe(10)
    expect(others.spend('other')).toBeNull()
    expect(timeouts.spend('other')).toBeNull()
  })

  it('gives a retry back that has helped, and a fifth of one for every call that needed none', () => {
    const budget = new RetryBudget()
    while (budget.spend('other') !== null);
    budget.earn(5)
    expect(budget.spend('other')).toBe(5)
    for (let call = 0; call < 4; call++) budget.earn(0)
    expect(budget.spend('other')).toBeNull()
    budget.earn(0)
    expect(budget.spend('other')).toBe(5)
  })

  it('saves no more than it began with', () => {
    const budget = new RetryBudget()
    for (let call = 0; call < 1000; call++) budget.earn(10)
    for (let retry = 0; retry < 100; retry++) budget.spend('other')
    expect(budget.spend('other')).toBeNull()
  })
})

describe('the client', () => {
  const status =
    (code: number): Answer =>
    (response) =>
      response.writeHead(code).end('<html>')

  async function ask(client: Harness['client'], calls: number): Promise<void> {
    await Promise.all(
      Array.from({ length: calls }, () => failureOf(client.call('DescribeTasks', {}, scope()))),
    )
  }

  it.each([
    ['resets', reset],
    ['answers with HTTP 500', status(500)],
    ['answers with HTTP 504', status(504)],
    ['answers InternalError', refusing('InternalError')],
    ['answers CdbError', refusing('CdbError')],
  ])('asks an upstream that %s no more after ten attempts', async (_how, answer) => {
    const { client, upstream } = await harness(answer)
    await ask(client, 5)
    const attempts = upstream.received.length
    expect(attempts).toBeLessThanOrEqual(15)
    const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true })
    expect(failure.retryAfterMs).toBeGreaterThan(0)
    expect(upstream.received).toHaveLength(attempts)
  })

  it('asks an upstream that hangs no more after one attempt timeout', async () => {
    const { client, upstream } = await harness(hang, { attemptTimeoutMs: 300, sleep })
    const beganMs = Date.now()
    await ask(client, 5)
    expect(Date.now() - beganMs).toBeLessThan(600)
    const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(failure.code).toBe('UPSTREAM_UNAVAILABLE')
    expect(upstream.received).toHaveLength(5)
  })

  it('takes a hanging upstream for down too where the callers give up before the attempts do', async () => {
    const states: CircuitState[] = []
    const { client } = await harness(hang, {
      attemptTimeoutMs: 400,
      onBreaker: (state) => states.push(state),
    })
    const giveUp = async (afterMs: number): Promise<void> => {
      const caller = new AbortController()
      const timer = setTimeout(() => caller.abort(), afterMs)
      await failureOf(client.call('DescribeTasks', {}, scope({ signal: caller.signal })))
      clearTimeout(timer)
    }
    await Promise.all(Array.from({ length: 8 }, () => giveUp(20)))
    expect(states).toEqual([])
    await Promise.all(Array.from({ length: 5 }, () => giveUp(250)))
    expect(states).toEqual(['open'])
  })

  it.each([
    'InvalidParameter',
    'OperationDenied',
    'AuthFailure.SignatureFailure',
    'UnauthorizedOperation',
    'RequestLimitExceeded',
  ])('goes on asking an upstream that answers %s, which is an answer', async (code) => {
    const { client, upstream } = await harness(refusing(code))
    await ask(client, 15)
    const attempts = upstream.received.length
    await ask(client, 1)
    expect(upstream.received.length).toBeGreaterThan(attempts)
  })

  it('sends home whoever waits for quota when the upstream turns out to be down', async () => {
    const { client, upstream } = await harness(reset, { callsPerSecond: 10, sleep })
    const beganMs = Date.now()
    await ask(client, 100)
    expect(Date.now() - beganMs).toBeLessThan(900)
    expect(upstream.received).toHaveLength(10)
  })

  it('asks again a second later, one call at a time, and goes on when that is answered', async () => {
    let answer: Answer = reset
    let skewMs = 0
    const clock = { now: () => Date.now() + skewMs }
    const states: CircuitState[] = []
    const { client, upstream } = await harness((...call) => answer(...call), {
      clock,
      onBreaker: (state) => states.push(state),
    })
    await ask(client, 5)
    const attempts = upstream.received.length
    skewMs += 1000
    await ask(client, 10)
    expect(upstream.received).toHaveLength(attempts + 1)
    answer = OK
    skewMs += 1000
    await client.call('DescribeTasks', {}, scope())
    await Promise.all(Array.from({ length: 10 }, () => client.call('DescribeTasks', {}, scope())))
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
  })

  it('stops retrying when the budget is spent, though every third attempt would be answered', async () => {
    const { client, upstream } = await harness((response, index, received) =>
      (index % 9 === 8 ? OK : refusing('InternalError'))(response, index, received),
    )
    const counts: number[] = []
    for (let call = 0; call < 120; call++) {
      const before = upstream.received.length
      await client.call('DescribeTasks', {}, scope()).catch(() => undefined)
      counts.push(upstream.received.length - before)
    }
    expect(counts.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 3))
    expect(counts.slice(-20).reduce((sum, count) => sum + count)).toBeLessThan(30)
  })
})
