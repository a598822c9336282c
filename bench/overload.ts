import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { tell } from './support/emulator-control'
import type { Figures, Load } from './support/overload-question'
import { startEmulator, startGateway, type Program } from './support/programs'

/**
 * Twice as many pages of 100 a second as the gateway can serve, each of them one that it has not kept. Emulator, gateway
 * and clients are processes of their own on loopback; the quotas are out of the way.
 */
const LATENCY_MS = 20
const RATES = { TASK_GATEWAY_CDB_RATE: '10000', TASK_GATEWAY_POSTGRES_RATE: '10000' }
const WORKERS = [4, 8, 16]
const WARM_UP_MS = 8000
const MAX_OPEN = 4000
const PROBE_EVERY_MS = 100
const PROBE_TIMEOUT_MS = 2000
const LIMITS = { goodput: 0.8, refusedMs: 50 }

async function main(seconds: number, capacitySeconds: number): Promise<boolean> {
  const emulator = await startEmulator()
  await tell(emulator, 'quota', { on: false })
  await tell(emulator, 'latency', { latencyMs: LATENCY_MS })
  const gateway = await startGateway(emulator, RATES)
  const client = startClient()
  const { url } = gateway
  // What runs for the first time is slow, which is not what this measures.
  await client.load({ kind: 'closed', url, workers: 8, durationMs: WARM_UP_MS })
  let peak = 0
  for (const workers of WORKERS) {
    const durationMs = capacitySeconds * 1000
    const { goodInTime, goodMs } = await client.load({ kind: 'closed', url, workers, durationMs })
    const perSecond = goodInTime / capacitySeconds
    print(`${workers} at a time: ${perSecond.toFixed(1)} pages a second, p99 ${goodMs.p99.toFixed(0)} ms`)
    peak = Math.max(peak, perSecond)
  }
  const probes = probe(gateway)
  const durationMs = seconds * 1000
  const figures = await client.load({ kind: 'open', url, perSecond: 2 * peak, durationMs, maxOpen: MAX_OPEN })
  const health = await probes.stop()
  client.stop()
  await gateway.stop()
  await emulator.stop()
  return judge(figures, health, peak, seconds)
}

function judge(figures: Figures, health: Health, peak: number, seconds: number): boolean {
  const { sent, notSent, goodInTime, goodMs, refused, refusedMs, others } = figures
  const goodput = goodInTime / seconds / peak
  print(`${(2 * peak).toFixed(1)} pages a second for ${seconds} s: ${sent} sent, ${notSent} not sent`)
  print(`served: ${(goodInTime / seconds).toFixed(1)} a second, ${(goodput * 100).toFixed(1)} % of the peak`)
  print(`  p50 ${goodMs.p50.toFixed(0)} ms, p99 ${goodMs.p99.toFixed(0)} ms`)
  print(`refused: ${refused}, p50 ${refusedMs.p50.toFixed(1)} ms, p99 ${refusedMs.p99.toFixed(1)} ms`)
  print(`anything else: ${JSON.stringify(others)}`)
  print(
    `/healthz: ${health.failed} of ${health.asked} not answered, slowest ${health.slowestMs.toFixed(0)} ms`,
  )
  return (
    goodput >= LIMITS.goodput &&
    refused > 0 &&
    refusedMs.p99 < LIMITS.refusedMs &&
    Object.keys(others).length === 0 &&
    health.failed === 0
  )
}

/** Loads from a process of its own, whose work does not delay the probes of this one. */
function startClient() {
  const child = fork(join(__dirname, 'support', 'overload-client.js'))
  return {
    async load(load: Load): Promise<Figures> {
      child.send(load)
      const [figures] = (await once(child, 'message')) as [Figures]
      return figures
    },
    stop: () => {
      child.disconnect()
    },
  }
}

interface Health {
  readonly asked: number
  readonly failed: number
  readonly slowestMs: number
}

/** Asks all the time whether the process lives. */
function probe({ url }: Program): { stop(): Promise<Health> } {
  const health = { asked: 0, failed: 0, slowestMs: 0 }
  let isOver = false
  const askOn = async (): Promise<void> => {
    while (!isOver) {
      const beganMs = performance.now()
      const isAlive = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
        .then(async (answer) => (await answer.text()) === 'ok\n')
        .catch(() => false)
      health.asked += 1
      if (!isAlive) health.failed += 1
      health.slowestMs = Math.max(health.slowestMs, performance.now() - beganMs)
      await sleep(PROBE_EVERY_MS)
    }
  }
  const asking = askOn()
  return {
    async stop() {
      isOver = true
      await asking
      return health
    },
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    'capacity-seconds': { type: 'string', default: '10' },
  },
})
void main(Number(values.seconds), Number(values['capacity-seconds'])).then((isKept) => {
  process.exitCode = isKept ? 0 : 1
})
