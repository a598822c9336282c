import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { at } from './support/answer'
import { createKeyFile, keyEntry, post, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { documentedWorld, rowsFrom, worldOf } from './support/worlds'

/** Plans two calls, one a source. */
const LIST = '{ tasks { totalCount } }'
/** Plans forty, which at one a second are owed for as many. */
const DEAR = `{ ${Array.from({ length: 20 }, (_, at) => `a${at}: tasks { totalCount }`).join(' ')} }`
const NOISY = { authorization: 'Bearer noisy' }
const QUIET = { authorization: 'Bearer quiet' }

let file: KeyFile
const started: TestGateway[] = []
beforeAll(async () => {
  file = await createKeyFile([keyEntry('noisy', 'noisy'), keyEntry('quiet', 'quiet')])
})
afterAll(() => file.remove())
afterEach(() => Promise.all(started.splice(0).map((gateway) => gateway.close())))

async function start(env: Record<string, string>, world = documentedWorld()): Promise<TestGateway> {
  const gateway = await startGateway({ emulator: { world }, env })
  started.push(gateway)
  return gateway
}

const codes = (answers: readonly { status: number }[]) => answers.map(({ status }) => status)

describe('a caller with a budget of calls', () => {
  it('is refused when it is spent, while another is served', async () => {
    const { url, emulator } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '1' })
    expect((await post(url, NOISY, DEAR)).status).toBe(200)
    emulator.log.clear()
    const noisy = await Promise.all(Array.from({ length: 20 }, () => post(url, NOISY, LIST)))
    expect(new Set(codes(noisy))).toEqual(new Set([429]))
    expect(emulator.log.find({})).toEqual([])
    expect((await post(url, QUIET, LIST)).status).toBe(200)
  })

  it('is told when to come again, and is served then', async () => {
    const gateway = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '1' })
    const { url } = gateway
    expect((await post(url, NOISY, LIST)).status).toBe(200)
    const refused = await post(url, NOISY, LIST)
    expect(refused.status).toBe(429)
    const body: unknown = JSON.parse(refused.text)
    const retryAfterMs = Number(at(body, 'errors', 0, 'extensions', 'retryAfterMs'))
    expect(body).toEqual({
      errors: [
        {
          message: `You have spent the upstream calls that one caller may have; come again in ${retryAfterMs} ms`,
          extensions: { code: 'RATE_LIMITED', retryAfterMs },
        },
      ],
      extensions: { upstream: { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 } },
    })
    expect(refused.headers['retry-after']).toBe(String(Math.ceil(retryAfterMs / 1000)))
    expect(await gateway.metrics()).toContain(
      'task_gateway_refusals_total{code="RATE_LIMITED",limit="caller_rate"} 1',
    )
    await sleep(retryAfterMs)
    expect((await post(url, NOISY, LIST)).status).toBe(200)
  })

  it('may ask what is dearer than a second of it, and then waits as long as that is worth', async () => {
    const { url } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '1' })
    expect((await post(url, NOISY, DEAR)).status).toBe(200)
    const { text: refused } = await post(url, NOISY, LIST)
    const retryAfterMs = Number(at(JSON.parse(refused), 'errors', 0, 'extensions', 'retryAfterMs'))
    expect(retryAfterMs).toBeGreaterThan(20_000)
    expect(retryAfterMs).toBeLessThanOrEqual(40_000)
  })

  it('pays for the calls that nobody could plan', async () => {
    const world = worldOf({ postgres: { 'ap-guangzhou': rowsFrom('postgres', 1000, 1_700_000_000) } })
    const { url } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '5' }, world)
    const scan = '{ postgresTasks(filter: { statuses: [PAUSED] }) { nodes { id } } }'
    const { text: answer } = await post(url, NOISY, scan)
    expect(at(JSON.parse(answer), 'extensions', 'upstream', 'calls')).toBeGreaterThan(5)
    expect((await post(url, NOISY, LIST)).status).toBe(429)
  })

  it('pays for them over WebSocket too', async () => {
    const world = worldOf({ postgres: { 'ap-guangzhou': rowsFrom('postgres', 1000, 1_700_000_000) } })
    const { url } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '5' }, world)
    const socket = await RawSocket.enter(url, NOISY)
    socket.subscribe('1', '{ postgresTasks(filter: { statuses: [PAUSED] }) { nodes { id } } }')
    expect(at(await socket.next(), 'payload', 'extensions', 'upstream', 'calls')).toBeGreaterThan(5)
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
    await socket.close()
    expect((await post(url, NOISY, LIST)).status).toBe(429)
  })

  it('may always ask what costs nothing', async () => {
    const { url } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '1' })
    await post(url, NOISY, DEAR)
    expect(codes([await post(url, NOISY, LIST), await post(url, NOISY, '{ taskSources { name } }')])).toEqual(
      [429, 200],
    )
  })

  it('does not pay for a subscription that is sent to the WebSocket', async () => {
    const { url } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '1' })
    const lost = await post(url, NOISY, 'subscription { taskActivity { __typename } }')
    expect(codes([lost, await post(url, NOISY, LIST)])).toEqual([400, 200])
  })

  it('pays over WebSocket from the same purse', async () => {
    const { url } = await start({ ...file.env, TASK_GATEWAY_CALLER_RATE: '1' })
    await post(url, NOISY, DEAR)
    const socket = await RawSocket.enter(url, NOISY)
    socket.subscribe('1', LIST)
    const message = await socket.next()
    await socket.close()
    expect(message).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(at(message, 'payload', 0, 'extensions', 'http')).toBeUndefined()
  })
})

it('counts by address where nobody says who they are', async () => {
  const { url } = await start({ TASK_GATEWAY_CALLER_RATE: '1' })
  const from = (localAddress: string) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      request(`${url}/graphql`, { method: 'POST', localAddress, headers }, (answer) => {
        text(answer).then(() => resolve(answer.statusCode), reject)
      })
        .on('error', reject)
        .end(JSON.stringify({ query: DEAR }))
    })
  expect([await from('127.0.0.2'), await from('127.0.0.2'), await from('127.0.0.3')]).toEqual([200, 429, 200])
})

it('does not limit callers where no rate is set', async () => {
  const { url } = await start(file.env)
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(url, NOISY, LIST)))
  expect(new Set(codes(answers))).toEqual(new Set([200]))
})
