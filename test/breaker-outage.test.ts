import { UpstreamFailure } from '../src/failure'
import { startGateway, type TestGateway } from './support/gateway'
import { closeAll, harness, scope } from './support/tencent-harness'
import { answering, reset, type Answer } from './support/tencent-upstream'
import { createVirtualTime } from './support/virtual-time'

const START_MS = Date.UTC(2026, 0, 1)
const OK = answering({ RequestId: 'r' })

describe('an outage of half a minute', () => {
  afterEach(closeAll)

  const unavailable: Answer = (response) => response.writeHead(503).end()

  it.each([
    ['refuses', reset],
    ['answers with HTTP 503', unavailable],
  ])('costs an upstream that %s one attempt a second, and is over soon after it', async (_how, outage) => {
    const time = createVirtualTime(START_MS)
    let answer: Answer = OK
    const { client, upstream } = await harness((...call) => answer(...call), {
      clock: time,
      sleep: time.sleep,
      random: () => 0.9,
    })
    /** Asks every 100 ms until then; returns how many of those were answered. */
    const askUntil = async (endMs: number): Promise<{ asked: number; answered: number }> => {
      const counts = { asked: 0, answered: 0 }
      const calls: Promise<unknown>[] = []
      while (time.now() < endMs) {
        const nextMs = time.now() + 100
        counts.asked += 1
        const call = client.call('DescribeTasks', {}, scope({ deadlineMs: time.now() + 8000 }))
        const ended = call.then(
          () => (counts.answered += 1),
          (error: unknown) => expect(error).toBeInstanceOf(UpstreamFailure),
        )
        calls.push(ended)
        // Real exchanges happen between the steps of virtual time.
        while (time.now() < nextMs) {
          await new Promise((resolve) => setTimeout(resolve, 1))
          await time.runUntil(time.now() + 50)
        }
      }
      // What the upstream answers at once needs no more of virtual time.
      if (answer === OK) await Promise.all(calls)
      return counts
    }
    expect(await askUntil(START_MS + 1000)).toEqual({ asked: 10, answered: 10 })
    answer = outage
    const before = upstream.received.length
    const during = await askUntil(START_MS + 31_000)
    const attempts = upstream.received.length - before
    expect(during).toEqual({ asked: 300, answered: 0 })
    expect(attempts).toBeGreaterThan(20)
    expect(attempts / during.asked).toBeLessThan(0.2)
    answer = OK
    await askUntil(START_MS + 33_000)
    expect(await askUntil(START_MS + 34_000)).toEqual({ asked: 10, answered: 10 })
  })
})

describe('the gateway', () => {
  let gateway: TestGateway

  beforeEach(async () => {
    gateway = await startGateway({
      env: { TASK_GATEWAY_CACHE_TTL_MS: '0', TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '400' },
    })
  })
  afterEach(() => gateway.close())

  interface Took {
    readonly code: string | null
    readonly ms: number
  }

  async function ask(field: 'cdbTasks' | 'postgresTasks', task: number): Promise<Took> {
    const instance = `${field === 'cdbTasks' ? 'cdb' : 'postgres'}-${task}`
    const beganMs = performance.now()
    const { body } = await gateway.query(
      `{ ${field}(first: 1, filter: { instanceIds: ["${instance}"] }) { nodes { id } } }`,
    )
    const [error] = body.errors ?? []
    return {
      code: error === undefined ? null : String(error.extensions['code']),
      ms: performance.now() - beganMs,
    }
  }

  it.each([
    ['is reset', { kind: 'reset' }, 1000],
    ['answers with HTTP 500', { kind: 'status', status: 500 }, 1000],
    ['hangs', { kind: 'hang' }, 400],
  ] as const)(
    'answers at once for a source that %s, asks the other as before, and is back within 5 s',
    async (_how, fault, opensMs) => {
      await Promise.all([ask('cdbTasks', 0), ask('postgresTasks', 0)])
      gateway.emulator.faults.add({ fault, service: 'cdb' })
      const beganMs = performance.now()
      const first = await Promise.all(Array.from({ length: 5 }, (_, task) => ask('cdbTasks', task)))
      expect(first.every(({ code }) => code !== null)).toBe(true)
      expect(performance.now() - beganMs).toBeLessThan(opensMs + 1000)
      const calls = gateway.emulator.log.count({ service: 'cdb' })
      const open = await Promise.all(Array.from({ length: 20 }, (_, task) => ask('cdbTasks', 100 + task)))
      expect(new Set(open.map(({ code }) => code))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']))
      // Twenty requests on a busy machine take their time too; that nothing was sent is counted below.
      expect(Math.max(...open.map(({ ms }) => ms))).toBeLessThan(1000)
      expect(gateway.emulator.log.count({ service: 'cdb' })).toBe(calls)
      expect(await ask('postgresTasks', 1)).toMatchObject({ code: null })
      expect(await gateway.metrics()).toMatch(/breaker_state\{provider="CDB".*\} 2/)
      gateway.emulator.faults.clear()
      const clearedMs = performance.now()
      while ((await ask('cdbTasks', 1)).code !== null) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        expect(performance.now() - clearedMs).toBeLessThan(5000)
      }
    },
  )

  it('lets many who share one call to a source that hangs wait for two attempts at most', async () => {
    await ask('cdbTasks', 1)
    gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb' })
    const took = await Promise.all(Array.from({ length: 10 }, () => ask('cdbTasks', 1)))
    expect(gateway.emulator.log.count({ outcome: 'fault:hang' })).toBe(2)
    expect(new Set(took.map(({ code }) => code))).toEqual(new Set(['UPSTREAM_TIMEOUT']))
    expect((await ask('cdbTasks', 1)).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('answers 95 of 100 requests when a fifth of all upstream calls is reset', async () => {
    // Nothing hangs here, so that no attempt needs to be short, and a slow machine ends none.
    await gateway.close()
    gateway = await startGateway({ env: { TASK_GATEWAY_CACHE_TTL_MS: '0' } })
    gateway.emulator.faults.add({ fault: { kind: 'reset' }, probability: 0.2 })
    const clean: boolean[] = []
    for (let group = 0; group < 10; group++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          gateway.query(
            `{ tasks(first: 5, filter: { instanceIds: ["cdb-${group}${at}", "postgres-${group}${at}"] }) { nodes { id } } }`,
          ),
        ),
      )
      clean.push(...answers.map(({ body }) => body.errors === undefined))
    }
    expect(gateway.emulator.log.count({ outcome: 'fault:reset' })).toBeGreaterThan(20)
    expect(clean.filter(Boolean).length).toBeGreaterThanOrEqual(95)
  })
})
