import { createServer } from 'node:net'
import { collectGarbage } from './support/collect-garbage'
import { closeAll, failureOf, harness, scope } from './support/tencent-harness'
import { answering, hang, inTurn, type Answer } from './support/tencent-upstream'

afterEach(closeAll)

const OK = answering({ RequestId: 'r-ok' })
const SHORT = { attemptTimeoutMs: 100 }

/** Sends the headers and then a byte at a time: an idle timer would never end it. */
const drip: Answer = (response) => {
  const timer = setInterval(() => response.write(' '), 10)
  response.on('close', () => clearInterval(timer))
}

const endless: Answer = (response) => {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
  }
  response.on('drain', more)
  more()
}

/** Waits until it is so, for five seconds at most. */
async function eventually(isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + 5000
  while (!isSo() && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 2))
  expect(isSo()).toBe(true)
}

it.each([
  ['never answers', hang],
  ['answers byte by byte', drip],
])('ends an attempt in time whose upstream %s, closes its socket, and tries again', async (_what, answer) => {
  const { client, upstream } = await harness(inTurn(answer, OK), SHORT)
  const answered = await client.call('DescribeTasks', {}, scope())
  expect(answered.response.requestId).toBe('r-ok')
  await eventually(() => upstream.cutOff() === 1)
})

it('calls three attempts without an answer a timeout, and names the limit', async () => {
  const { client, upstream } = await harness(hang, SHORT)
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true })
  expect(failure.message).toBe('cdb gave no answer within 100 ms')
  expect(upstream.received).toHaveLength(3)
})

it('ends an attempt in time that waits for a connection which another call holds', async () => {
  const slow = { attemptTimeoutMs: 3000 }
  const { client, another } = await harness(hang, slow, { connections: 1 })
  const caller = new AbortController()
  const holding = failureOf(client.call('DescribeTasks', {}, scope({ signal: caller.signal })))
  const beganMs = Date.now()
  const failure = await failureOf(another(SHORT).call('DescribeTasks', {}, scope()))
  expect(failure.message).toBe('cdb gave no answer within 100 ms')
  expect(Date.now() - beganMs).toBeLessThan(1500)
  caller.abort()
  await holding
})

it('keeps its time limit through a garbage collection', async () => {
  const { client } = await harness(hang, SHORT)
  const failing = failureOf(client.call('DescribeTasks', {}, scope()))
  setTimeout(collectGarbage, 20)
  await expect(failing).resolves.toHaveProperty('code', 'UPSTREAM_TIMEOUT')
})

it.each([
  ['while it waits for an answer', hang],
  ['in the middle of an answer', drip],
])('stops at once at the deadline of the request %s, and does not try again', async (_what, answer) => {
  const { client, upstream } = await harness(answer)
  const failure = await failureOf(
    client.call('DescribeTasks', {}, scope({ signal: AbortSignal.timeout(100) })),
  )
  expect(failure).toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
    message: "cdb gave no answer within the request's deadline",
  })
  expect(upstream.received).toHaveLength(1)
  await eventually(() => upstream.cutOff() === 1)
})

it('stops at once when the caller goes away', async () => {
  const caller = new AbortController()
  const { client, upstream } = await harness(() => caller.abort())
  const failure = await failureOf(client.call('DescribeTasks', {}, scope({ signal: caller.signal })))
  expect(failure).toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
    message: 'the call to cdb was given up before an answer came',
  })
  await eventually(() => upstream.cutOff() === 1)
})

it('sends nothing for a caller that has gone away already', async () => {
  const { client, upstream } = await harness(OK)
  const failure = await failureOf(client.call('DescribeTasks', {}, scope({ signal: AbortSignal.abort() })))
  expect(failure.code).toBe('UPSTREAM_TIMEOUT')
  expect(upstream.connections()).toBe(0)
  expect(failure.cost.calls).toBe(0)
})

it('cuts an answer without an end, closes the socket, and does not ask again', async () => {
  const { client, upstream } = await harness(endless)
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE', retryable: false })
  expect(failure.message).toBe('cdb gave an answer that cannot be read: it is larger than the limit')
  expect(upstream.received).toHaveLength(1)
  await eventually(() => upstream.cutOff() === 1)
})

it('refuses an answer of a byte more than 8 MiB', async () => {
  const { client } = await harness((response) => response.end(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20)))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE', retryable: false })
})

it('takes an answer just within the limit', async () => {
  const body = '{"Response":{"RequestId":"r-big"}}'
  const { client } = await harness((response) => response.end(body.padEnd(8 * 1024 * 1024)))
  await expect(client.call('DescribeTasks', {}, scope())).resolves.toHaveProperty(
    'response.requestId',
    'r-big',
  )
})

it('keeps connections open for the calls that follow, whichever client makes them', async () => {
  const { client, another, upstream } = await harness(OK)
  const other = another({ region: 'ap-beijing' })
  for (let turn = 0; turn < 10; turn++) {
    await client.call('DescribeTasks', {}, scope())
    await other.call('DescribeTasks', {}, scope())
  }
  expect(upstream.received).toHaveLength(20)
  // The pool may open a second one while the first is just being handed back.
  expect(upstream.connections()).toBeLessThanOrEqual(2)
})

it('opens no more connections than it may', async () => {
  const { client, upstream } = await harness(
    (response, index, received) => setImmediate(() => OK(response, index, received)),
    {},
    { connections: 3 },
  )
  await Promise.all(Array.from({ length: 30 }, () => client.call('DescribeTasks', {}, scope())))
  expect(upstream.received).toHaveLength(30)
  expect(upstream.connections()).toBe(3)
})

it('leaves an idle connection before the server does', async () => {
  const { client, upstream } = await harness(OK)
  await client.call('DescribeTasks', {}, scope())
  const sinceMs = Date.now()
  await eventually(() => upstream.open() === 0)
  expect(Date.now() - sinceMs).toBeLessThan(2500)
})

it('calls an answer that is not HTTP invalid', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { another } = await harness(OK)
  const client = another({ endpoint: `http://127.0.0.1:${port}` })
  await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toMatchObject({
    code: 'UPSTREAM_INVALID_RESPONSE',
    message: 'cdb gave an answer that cannot be read: it is not HTTP',
  })
  server.close()
})
