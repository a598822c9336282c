import { decide } from '../src/tencent/retry'
import { closeAll, failureOf, harness, scope } from './support/tencent-harness'
import { answering, inTurn, refusing, reset, type Answer } from './support/tencent-upstream'

afterEach(closeAll)

const OK = answering({ RequestId: 'r-ok' })
const NOW_MS = Date.UTC(2026, 0, 1)

it('asks again after a reset, and counts both calls', async () => {
  const { client, upstream, reports } = await harness(inTurn(reset, OK))
  const answer = await client.call('DescribeTasks', {}, scope())
  expect(answer.response.requestId).toBe('r-ok')
  expect(upstream.received).toHaveLength(2)
  expect(answer.cost.calls).toBe(2)
  expect(reports.map(({ outcome }) => outcome)).toEqual(['UPSTREAM_UNAVAILABLE', 'OK'])
})

it('gives up after three resets', async () => {
  const { client, upstream } = await harness(reset)
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true })
  expect(upstream.received).toHaveLength(3)
})

it('asks again when the connection is refused', async () => {
  const { client, upstream, reports } = await harness(OK)
  await upstream.close()
  await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toHaveProperty(
    'code',
    'UPSTREAM_UNAVAILABLE',
  )
  expect(reports).toHaveLength(3)
})

it('asks again when the answer breaks off in its body', async () => {
  const broken: Answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"Response":')
    setImmediate(() => response.socket?.destroy())
  }
  const { client, upstream } = await harness(inTurn(broken, OK))
  await client.call('DescribeTasks', {}, scope())
  expect(upstream.received).toHaveLength(2)
})

it('pauses for a random part of a limit that doubles', async () => {
  const { client, pausesMs } = await harness(reset, { random: () => 0.999 })
  await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(pausesMs).toEqual([99, 199])
})

it('waits for a new second when the cloud says that there were too many calls', async () => {
  const { client, pausesMs } = await harness(inTurn(refusing('RequestLimitExceeded'), OK))
  await client.call('DescribeTasks', {}, scope())
  expect(pausesMs).toEqual([1050])
})

it('does not wait for an attempt that would begin after the deadline', async () => {
  const { client, upstream, pausesMs } = await harness(refusing('RequestLimitExceeded'))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope({ deadlineMs: Date.now() + 500 })))
  expect(failure.code).toBe('UPSTREAM_THROTTLED')
  expect(upstream.received).toHaveLength(1)
  expect(pausesMs).toEqual([])
})

it('stops when the caller goes away during a pause', async () => {
  const caller = new AbortController()
  const sleep = (): Promise<void> => {
    caller.abort()
    return Promise.resolve()
  }
  const { client, upstream } = await harness(refusing('InternalError'), { sleep, random: () => 0.9 })
  const failure = await failureOf(client.call('DescribeTasks', {}, scope({ signal: caller.signal })))
  expect(failure.code).toBe('UPSTREAM_TIMEOUT')
  expect(upstream.received).toHaveLength(1)
})

it('signs every attempt anew', async () => {
  let nowMs = NOW_MS
  const sleep = (): Promise<void> => {
    nowMs += 5000
    return Promise.resolve()
  }
  const { client, upstream } = await harness(inTurn(reset, OK), { clock: { now: () => nowMs }, sleep })
  await client.call('DescribeTasks', {}, scope())
  const times = upstream.received.map(({ headers }) => headers['x-tc-timestamp'])
  expect(times).toEqual([String(NOW_MS / 1000), String(NOW_MS / 1000 + 5)])
  expect(upstream.received[0]?.headers.authorization).not.toBe(upstream.received[1]?.headers.authorization)
})

it('tells the log of a repetition by its code and request id', async () => {
  const { client, warnings } = await harness(inTurn(refusing('InternalError', 'inside text'), OK))
  await client.call('DescribeTasks', {}, scope())
  expect(warnings).toEqual([
    [
      expect.objectContaining({ upstreamCode: 'InternalError', requestId: 'r-error', delayMs: 50 }),
      expect.any(String),
    ],
  ])
  expect(JSON.stringify(warnings)).not.toContain('inside text')
})

describe('a clock that differs', () => {
  const AHEAD_MS = 600_000
  const expired = (dateMs: number): Answer => {
    return (response, index, received) => {
      response.setHeader('Date', new Date(dateMs).toUTCString())
      refusing('AuthFailure.SignatureExpire')(response, index, received)
    }
  }
  const clock = { now: () => NOW_MS }

  it('is corrected from the Date header, for this call and those after it', async () => {
    const { client, upstream, pausesMs } = await harness(inTurn(expired(NOW_MS + AHEAD_MS), OK), { clock })
    await client.call('DescribeTasks', {}, scope())
    await client.call('DescribeTasks', {}, scope())
    const right = String((NOW_MS + AHEAD_MS) / 1000)
    expect(upstream.received.map(({ headers }) => headers['x-tc-timestamp'])).toEqual([
      String(NOW_MS / 1000),
      right,
      right,
    ])
    expect(pausesMs).toEqual([])
  })

  it('is corrected once in a call', async () => {
    const { client, upstream } = await harness(expired(NOW_MS + AHEAD_MS), { clock })
    const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(failure.code).toBe('UPSTREAM_UNAUTHORIZED')
    expect(upstream.received).toHaveLength(2)
  })

  it('is not tried again when the answer has no Date', async () => {
    const { client, upstream } = await harness((response, index, received) => {
      response.sendDate = false
      refusing('AuthFailure.SignatureExpire')(response, index, received)
    })
    await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(upstream.received).toHaveLength(1)
  })
})

describe('a refused token', () => {
  const NO_TOKEN = refusing('AuthFailure.TokenFailure')

  it('is tried once more with another credential', async () => {
    let token = 'old'
    const credentials = {
      get: () => ({ secretId: 'id', secretKey: 'key', token }),
      replace: () => {
        token = 'new'
        return Promise.resolve(true)
      },
    }
    const { client, upstream } = await harness(inTurn(NO_TOKEN, OK), { credentials })
    await client.call('DescribeTasks', {}, scope())
    expect(upstream.received.map(({ headers }) => headers['x-tc-token'])).toEqual(['old', 'new'])
  })

  it('is not tried a third time', async () => {
    const credentials = {
      get: () => ({ secretId: 'id', secretKey: 'key', token: 't' }),
      replace: () => Promise.resolve(true),
    }
    const { client, upstream } = await harness(NO_TOKEN, { credentials })
    await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(upstream.received).toHaveLength(2)
  })

  it('is final where there is no other credential', async () => {
    const { client, upstream } = await harness(NO_TOKEN)
    await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(upstream.received).toHaveLength(1)
  })
})

describe('the decision', () => {
  const half = (): number => 0.5

  it('is no after three attempts, whatever they were', () => {
    expect(decide(['backoff', 'new-clock', 'backoff'], Infinity, half)).toBeNull()
  })

  it('lets a corrected clock be followed by a pause, not by another correction', () => {
    expect(decide(['new-clock', 'backoff'], Infinity, half)).toBe(100)
    expect(decide(['new-clock', 'new-clock'], Infinity, half)).toBeNull()
    expect(decide(['backoff', 'new-clock'], Infinity, half)).toBe(0)
  })

  it('is no when the pause fills what is left of the deadline', () => {
    expect(decide(['backoff'], 50, half)).toBeNull()
    expect(decide(['backoff'], 51, half)).toBe(50)
  })
})
