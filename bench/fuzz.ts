import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmulator } from '../src/emulator/start'
import { buildSubgraph } from '../src/federation/subgraph'
import { Dice } from '../test/support/fuzz/dice'
import { runFuzz } from '../test/support/fuzz/run-fuzz'
import { bodyOf, type Attack } from './support/attack'
import { climb, measureAttack, type Measured } from './support/climb'
import { replayKnown } from './support/known-attacks'
import { createOddWorld } from './support/odd-world'
import { startProbedGateway, type ProbedGateway } from './support/soak-gateway'

/**
 * Hostile input for the gateway, drawn from `--seed`. `--inputs` sends so many made-up requests and judges the answers.
 * `--seconds` searches for so long for the one request that costs most, in front of the built gateway in production mode,
 * which is a process of its own. `--replay` sends a saved request again, and `--known` those that are known.
 */
const SLOW_MS = 1000
const SAVED = join('dist', 'fuzz')
const SHOWN_CHARACTERS = 400
const SETTINGS = {
  TASK_GATEWAY_INTROSPECTION: 'true',
  // What is kept would be found by the next request, and hide what it costs.
  TASK_GATEWAY_CACHE_TTL_MS: '1',
  TASK_GATEWAY_CDB_RATE: '10000',
  TASK_GATEWAY_POSTGRES_RATE: '10000',
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    replay: { type: 'string' },
    known: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? (values.seconds === undefined ? 1 : Date.now() % 1_000_000))

async function sendMadeUp(inputs: number): Promise<boolean> {
  const { counts, problems, slowestMs, slowest } = await runFuzz(inputs, seed)
  for (const [key, count] of [...counts].sort()) console.log(`${key}: ${count}`)
  console.log(`slowest: ${Math.round(slowestMs)} ms, ${slowest}`)
  console.log(`problems: ${problems.length}`)
  for (const problem of problems) console.log(problem)
  return problems.length === 0 && slowestMs < SLOW_MS
}

async function search(gateway: ProbedGateway, durationMs: number): Promise<boolean> {
  console.log(`seed: ${seed}`)
  const { inputs, best, broken } = await climb(gateway, buildSubgraph().schema, new Dice(seed), durationMs)
  console.log(`inputs: ${inputs}`)
  for (const [goal, measured] of best) console.log(`most ${goal}: ${describe(measured)}`)
  if (broken.length > 0) await mkdir(SAVED, { recursive: true })
  for (const [at, { problem, measured }] of broken.entries()) {
    const file = join(SAVED, `${seed}-${at}.json`)
    await writeFile(file, JSON.stringify(measured.attack))
    console.log(`BROKEN ${problem}: ${describe(measured)}\n  saved in ${file}`)
  }
  return broken.length === 0
}

async function replay(gateway: ProbedGateway, file: string): Promise<boolean> {
  const attack = JSON.parse(await readFile(file, 'utf8')) as Attack
  for (let left = 5; left > 0; left--) {
    const measured = await measureAttack(gateway, attack)
    console.log(`${describe(measured)}\n  ${measured.text.slice(0, SHOWN_CHARACTERS)}`)
  }
  return true
}

function describe({ attack, sentBytes, bytes, calls, cpuMs, heldMs, peakBytes }: Measured): string {
  const figures = `${cpuMs.toFixed(0)} ms of CPU, loop held ${heldMs.toFixed(0)} ms, ${(peakBytes / 1e6).toFixed(1)} MB, ${bytes} bytes, ${calls} calls for ${sentBytes} bytes over ${attack.transport}`
  return `${figures}\n  ${bodyOf(attack).slice(0, SHOWN_CHARACTERS)}`
}

/** Runs it against the built gateway in front of an emulator. */
async function withGateway(run: (gateway: ProbedGateway) => Promise<boolean>): Promise<boolean> {
  const emulator = await startEmulator({ world: createOddWorld(seed), quotas: 'off', logLimit: 100 })
  const gateway = await startProbedGateway(emulator, 'load-probe', SETTINGS)
  try {
    const isKept = await run(gateway)
    for (const line of gateway.errors) console.log(`logged: ${line.slice(0, SHOWN_CHARACTERS)}`)
    return isKept && gateway.errors.length === 0
  } finally {
    await gateway.stop()
    await emulator.close()
  }
}

function main(): Promise<boolean> {
  const { known, replay: file, seconds, inputs } = values
  if (known) return replayKnown()
  if (file !== undefined) return withGateway((gateway) => replay(gateway, file))
  if (seconds !== undefined) return withGateway((gateway) => search(gateway, Number(seconds) * 1000))
  return sendMadeUp(Number(inputs))
}

void main().then((isSound) => {
  process.exitCode = isSound ? 0 : 1
})
