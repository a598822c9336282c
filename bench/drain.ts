import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createBalancer, type Balancer } from './support/balancer'
import { startEmulator, startGateway, type Program } from './support/programs'

/**
 * Stops one of two gateways behind a load balancer again and again, and counts what is lost. All are processes of their
 * own on loopback.
 */
const PER_SECOND = 500
const BEFORE_MS = 1000
const SETTINGS = { TASK_GATEWAY_DRAIN_MS: '5000', TASK_GATEWAY_CACHE_TTL_MS: '1000' }
const BODY = JSON.stringify({
  query: '{ tasks(first: 5) { nodes { id status } sources { error { code } } } }',
})

interface Tally {
  sent: number
  readonly lost: string[]
}

async function main(rounds: number): Promise<void> {
  const emulator = await startEmulator()
  const balancer = createBalancer()
  const gateways: Program[] = []
  const add = async (): Promise<void> => {
    const gateway = await startGateway(emulator, SETTINGS)
    gateways.push(gateway)
    balancer.add(gateway.url)
  }
  await add()
  await add()
  const tally: Tally = { sent: 0, lost: [] }
  const load = sendSteadily(balancer, tally)
  const codes: (number | null)[] = []
  for (let round = 0; round < rounds; round++) {
    await sleep(BEFORE_MS)
    const stopped = gateways.shift()
    if (stopped === undefined) throw new Error('there is no gateway to stop')
    codes.push(await stopped.stop())
    await balancer.remove(stopped.url)
    await add()
  }
  await load.stop()
  console.log(
    `${rounds} times SIGTERM at ${PER_SECOND} requests a second: ${tally.lost.length} of ${tally.sent} lost`,
  )
  console.log(`exit codes: ${[...new Set(codes)].join(', ')}`)
  for (const reason of new Set(tally.lost)) console.log(`  ${reason}`)
  await balancer.close()
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  await emulator.stop()
  process.exitCode = tally.lost.length === 0 && codes.every((code) => code === 0) ? 0 : 1
}

/** As many a second, however long the answers take; what a timer is late is made up for. */
function sendSteadily(balancer: Balancer, tally: Tally): { stop(): Promise<void> } {
  const open = new Set<Promise<void>>()
  const sinceMs = performance.now()
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - sinceMs) * PER_SECOND) / 1000)
    while (tally.sent < due) {
      tally.sent += 1
      const answer = sendOne(balancer, tally).finally(() => open.delete(answer))
      open.add(answer)
    }
  }, 5)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
    },
  }
}

async function sendOne(balancer: Balancer, { lost }: Tally): Promise<void> {
  try {
    const { status, text } = await balancer.send(BODY)
    if (status !== 200 || text.includes('"errors"')) lost.push(`${status}: ${text.slice(0, 200)}`)
  } catch (error) {
    lost.push(String(error))
  }
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })
void main(Number(values.rounds))
