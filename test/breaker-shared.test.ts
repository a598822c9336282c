import { startGateway, type TestGateway } from './support/gateway'

const ATTEMPT_MS = 1000
const LIST = '{ cdbTasks(first: 1) { nodes { id } } }'

let gateway: TestGateway
beforeEach(async () => {
  gateway = await startGateway({
    env: { TASK_GATEWAY_CACHE_TTL_MS: '0', TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: String(ATTEMPT_MS) },
  })
  // What is done once takes its time.
  await ask('{ cdbTasks(first: 2) { nodes { id } } }')
  gateway.emulator.log.clear()
})
afterEach(() => gateway.close())

/** The code of the answer's error; null for an answer without. */
async function ask(query = LIST): Promise<unknown> {
  const { body } = await gateway.query(query)
  return body.errors?.[0]?.extensions['code'] ?? null
}

const hangs = () => gateway.emulator.log.count({ outcome: 'fault:hang' })

describe('a source that hangs', () => {
  it('is taken for down before any attempt is repeated where ten clients ask for the same list', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb' })
    const untilMs = performance.now() + 10 * ATTEMPT_MS
    const waits: Promise<unknown>[] = []
    const codes: unknown[] = []
    while (!codes.includes('UPSTREAM_UNAVAILABLE') && performance.now() < untilMs) {
      for (let client = 0; client < 10; client++) waits.push(ask().then((code) => codes.push(code)))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await Promise.all(waits)
    expect(codes).toContain('UPSTREAM_UNAVAILABLE')
    const metrics = await gateway.metrics()
    expect(metrics).toMatch(/breaker_changes_total\{.*state="open"\} \d/)
    expect(metrics).not.toMatch(/upstream_retries_total\{/)
  })
})

describe('a connection that got lost', () => {
  it('costs nothing to those who share the call, and does not make the source one that is down', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb', times: 1 })
    const codes = await Promise.all(Array.from({ length: 10 }, () => ask()))
    expect(new Set(codes)).toEqual(new Set([null]))
    expect(hangs()).toBe(1)
    expect(gateway.emulator.log.count({ service: 'cdb' })).toBe(2)
    const metrics = await gateway.metrics()
    expect(metrics).not.toMatch(/breaker_changes_total\{/)
    expect(metrics).not.toMatch(/upstream_retries_total\{/)
  })

  it('is found by the time limit where a single client waits, who is not worth a second call', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb', times: 1 })
    expect(await ask()).toBeNull()
    const metrics = await gateway.metrics()
    expect(metrics).toMatch(/upstream_retries_total\{.*reason="UPSTREAM_TIMEOUT"\} \d/)
    expect(metrics).not.toMatch(/upstream_second_calls_total\{/)
    expect(metrics).not.toMatch(/breaker_changes_total\{/)
  })
})
