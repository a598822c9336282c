import { startEmulator, type Emulator } from '../src/emulator/start'
import { createMeter, type CallContext } from '../src/call-context'
import type { TencentClient } from '../src/tencent/client'
import { createTencentClient } from '../src/tencent/create-client'
import { fixedCredential } from '../src/tencent/credentials'
import { sleep } from '../src/tencent/sleep'
import { createTransport, type Transport } from '../src/tencent/transport'

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

function clientOf(service: keyof typeof VERSIONS, callsPerSecond: number): TencentClient {
  return createTencentClient({
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

const scope = (): CallContext => ({ signal: new AbortController().signal, meter: createMeter() })

it.each([
  ['cdb', 'Items'],
  ['postgres', 'TaskSet'],
] as const)('is let in by %s, which checks the signature, and gets rows', async (service, rows) => {
  const answer = await clientOf(service, 20).call('DescribeTasks', { Limit: 5 }, scope())
  expect(answer.response[rows]).toHaveLength(5)
  expect(answer.requestId).not.toBe('')
})

it('is never refused for its pace when it knows the quota', async () => {
  const client = clientOf('postgres', 20)
  const asking = scope()
  const calls = Array.from({ length: 50 }, () => client.call('DescribeTasks', { Limit: 1 }, asking))
  await expect(Promise.all(calls)).resolves.toHaveLength(50)
  expect(asking.meter.calls).toBe(50)
  expect(asking.meter.queuedMs).toBeGreaterThan(0)
})

it('follows a cloud whose clock is ten minutes ahead', async () => {
  emulator.clock.shiftMs = 600_000
  const asking = scope()
  await clientOf('cdb', 20).call('DescribeTasks', {}, asking)
  expect(asking.meter.calls).toBe(2)
})
