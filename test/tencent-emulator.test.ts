import { startEmulator, type Emulator } from '../src/emulator/start'
import type { CallContext } from '../src/call-context'
import { CostTally } from '../src/call-cost'
import { sleep } from '../src/lib/sleep'
import { fixedCredential } from '../src/tencent/credentials'
import { upstreamRequest } from './support/upstream-request'
import { createUpstreamStack } from '../src/tencent/stack'
import { createTransport, type Transport } from '../src/tencent/transport'
import type { Call } from '../src/upstream-call'

let emulator: Emulator
let transport: Transport

beforeEach(async () => {
  emulator = await startEmulator()
  transport = createTransport()
})
afterEach(async () => {
  await transport.destroy()
  await emulator.close()
})

const VERSIONS = { cdb: '2017-03-20', postgres: '2017-03-12' }

function stackOf(service: keyof typeof VERSIONS, callsPerSecond: number): Call {
  return createUpstreamStack({
    trace: (next) => next,
    coalesce: () => (next) => next,
    service,
    version: VERSIONS[service],
    endpoint: emulator.url,
    region: 'ap-guangzhou',
    credentials: fixedCredential(emulator.credential),
    transport,
    callsPerSecond,
    attemptTimeoutMs: 2000,
    clock: { now: () => Date.now() },
    random: Math.random,
    sleep,
  })
}

const scope = (): CallContext => ({ signal: new AbortController().signal })

it.each([
  ['cdb', 'Items'],
  ['postgres', 'TaskSet'],
] as const)('is let in by %s, which checks the signature, and gets rows', async (service, rows) => {
  const answer = await stackOf(service, 20)(upstreamRequest('DescribeTasks', { Limit: 5 }), scope())
  expect(answer.response.fields[rows]).toHaveLength(5)
  expect(answer.response.requestId).not.toBe('')
})

it('is never refused for its pace when it knows the quota', async () => {
  const call = stackOf('postgres', 20)
  const asking = scope()
  const request = upstreamRequest('DescribeTasks', { Limit: 1 })
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(request, asking)))
  expect(answers).toHaveLength(50)
  const cost = new CostTally()
  for (const answer of answers) cost.add(answer.cost)
  expect(cost.calls).toBe(50)
  expect(cost.queuedMs).toBeGreaterThan(0)
})

it('follows a cloud whose clock is ten minutes ahead', async () => {
  emulator.clock.shiftMs = 600_000
  const { cost } = await stackOf('cdb', 20)(upstreamRequest('DescribeTasks', {}), scope())
  expect(cost.calls).toBe(2)
})
