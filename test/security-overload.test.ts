import { connect } from 'node:net'
import { at } from './support/answer'
import { createKeyFile, keyEntry } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const MAX_IN_FLIGHT = 3
const LIST = '{ tasks { totalCount } }'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: {
      TASK_GATEWAY_MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
      TASK_GATEWAY_CALLER_SHARE: '1',
      TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '4000',
    },
  })
})
afterAll(() => gateway.close())

const HELD_MS = 1500

/** Requests that wait for a slow upstream. */
function openRequests(count: number): readonly { answer: Promise<string>; leave: () => void }[] {
  gateway.emulator.faults.clear()
  gateway.emulator.faults.add({ fault: { kind: 'slow', delayMs: HELD_MS } })
  return Array.from({ length: count }, () => {
    const { socket, answer } = send(gateway.url, JSON.stringify({ query: LIST }))
    return { answer, leave: () => socket.destroy() }
  })
}

/** Sends a request, or only its beginning. */
function send(url: string, body: string, { key = 'none', bytes = body.length } = {}) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, bytes)}`,
  )
  const answer = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('close', () => resolve(text))
  })
  return { socket, answer }
}

const TRIES = 10_000

/** The first answer of this status. @throws Error where none of many has it */
async function waitFor(status: number, url = gateway.url): Promise<Response> {
  for (let tried = 0; tried < TRIES; tried++) {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    if (answer.status === status) return answer
    await answer.text()
  }
  throw new Error(`none of ${TRIES} answers had the status ${status}`)
}

it('refuses at once what it has no room for, and serves again when it has', async () => {
  const open = openRequests(MAX_IN_FLIGHT)
  const refused = await waitFor(503)
  expect([refused.headers.get('retry-after'), await refused.json()]).toEqual([
    '1',
    {
      errors: [
        {
          message: 'The gateway has more to do than it can; come again later',
          extensions: { code: 'OVERLOADED', retryAfterMs: 1000 },
        },
      ],
      extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
    },
  ])
  for (const answer of await Promise.all(open.map(({ answer }) => answer)))
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*"totalCount":14/s)
  expect((await waitFor(200)).status).toBe(200)
  expect(await gateway.metrics()).toMatch(
    /task_gateway_refusals_total\{code="OVERLOADED",limit="[a-z_]+"\} [1-9]/,
  )
})

it('says that it lives and is ready meanwhile, and gives back the room of those who leave', async () => {
  const open = openRequests(MAX_IN_FLIGHT)
  await waitFor(503)
  const probes = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(gateway.url + path)))
  expect(probes.map(({ status }) => status)).toEqual([200, 200])
  for (const { leave } of open) leave()
  gateway.emulator.faults.clear()
  expect(at(await (await waitFor(200)).json(), 'data')).toEqual({ __typename: 'Query' })
})

it.each([
  ['the event loop is late', { eventLoopDelayMs: 0.001, heapShare: 0.9 }],
  ['the heap is nearly full', { eventLoopDelayMs: 60_000, heapShare: 0.000_001 }],
])('refuses while %s, and says that it lives and is ready', async (_why, pressure) => {
  const pressed = await startGateway({
    adapt: (config) => ({ ...config, limits: { ...config.limits, pressure } }),
  })
  try {
    const refused = await waitFor(503, pressed.url)
    expect(at(await refused.json(), 'errors', 0, 'extensions')).toEqual({
      code: 'OVERLOADED',
      retryAfterMs: 1000,
    })
    const probes = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(pressed.url + path)))
    expect(probes.map(({ status }) => status)).toEqual([200, 200])
  } finally {
    await pressed.close()
  }
})

describe('one caller who takes all that it can get', () => {
  const BODY = JSON.stringify({ query: LIST })
  const OVERLOADED = /^HTTP\/1\.1 503 .*"code":"OVERLOADED"/s
  const start = async () => {
    const file = await createKeyFile([keyEntry('hostile', 'hostile'), keyEntry('valid', 'valid')])
    const env = { ...file.env, TASK_GATEWAY_MAX_IN_FLIGHT: '4', TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '4000' }
    const served = await startGateway({ emulator: { world: documentedWorld() }, env })
    return {
      ...served,
      async end() {
        await served.close()
        await file.remove()
      },
    }
  }

  it('by half-sent bodies, leaves room for others', async () => {
    const served = await start()
    const half = Array.from({ length: 4 }, () => send(served.url, BODY, { key: 'hostile', bytes: 10 }))
    const refused = await Promise.race(half.map(({ answer }) => answer))
    expect(refused).toMatch(OVERLOADED)
    const began = performance.now()
    const answers = await Promise.all([1, 2].map(() => send(served.url, BODY, { key: 'valid' }).answer))
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(performance.now() - began).toBeLessThan(1000)
    for (const { socket } of half) socket.destroy()
    await served.end()
  })

  it('by requests to a slow upstream, leaves room for others', async () => {
    const served = await start()
    served.emulator.faults.add({ fault: { kind: 'slow', delayMs: HELD_MS } })
    const held = Array.from({ length: 6 }, () => send(served.url, BODY, { key: 'hostile' }).answer)
    expect(await Promise.race(held)).toMatch(OVERLOADED)
    const body = JSON.stringify({ query: '{ __typename }' })
    expect(await send(served.url, body, { key: 'valid' }).answer).toMatch(/^HTTP\/1\.1 200 /)
    const answers = await Promise.all(held)
    expect(answers.filter((answer) => OVERLOADED.test(answer))).toHaveLength(4)
    // What was held is given back.
    expect(await send(served.url, body, { key: 'hostile' }).answer).toMatch(/^HTTP\/1\.1 200 /)
    await served.end()
  })
})
