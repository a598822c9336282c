import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { startEmulator } from '../../src/emulator/start'
import { createWorld } from '../../src/emulator/world/create-world'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import type { WireRow } from '../../src/emulator/world/row'
import type { World } from '../../src/emulator/world/world'
import { parseBeijingTime } from '../../src/tencent/time'
import { CDB_STATUS } from '../../src/providers/cdb/status'
import { POSTGRES_STATUS } from '../../src/providers/postgres/status'
import type { ExpectedTask } from './question'

/** What the upstream can be told; each is answered. */
export interface UpstreamOrder {
  readonly latencyMs?: number
  /** Forget the calls so far. */
  readonly clear?: boolean
}

export interface UpstreamState {
  readonly url: string
  readonly calls: number
  /** The newest tasks of both products, merged. */
  readonly expected: readonly ExpectedTask[]
}

/** What lists there are. */
export interface WorldShape {
  /** Tasks a product in the main region (500), a tenth of it in the others; long lists make the emulator slow. */
  readonly size?: number
  /** The main one alone. */
  readonly regions?: readonly string[]
}

const KNOWN = 100

/** A program of its own: both upstreams, with lists that stand still, so that there is one right answer. */
void main()

async function main(): Promise<void> {
  const { size = 500, regions = [MAIN_REGION] } = JSON.parse(process.env['WORLD'] ?? '{}') as WorldShape
  const world = createWorld({ seed: 1, nowMs: Date.now(), moving: false, size, regions })
  removeLongNumbers(world)
  const emulator = await startEmulator({ world, credentials: [DEMO_CREDENTIAL], quotas: 'off' })
  const { log, settings, url } = emulator
  const expected = newest([
    ...world.rows('cdb', MAIN_REGION).map(cdbTask),
    ...world.rows('postgres', MAIN_REGION).map(postgresTask),
  ])
  const state = (): UpstreamState => ({
    url,
    calls: log.calls.length,
    expected,
  })
  process.on('message', (order: UpstreamOrder) => {
    if (order.latencyMs !== undefined) settings.latencyMs = order.latencyMs
    process.send?.(state())
    if (order.clear === true) log.clear()
  })
  process.once('disconnect', () => process.exit())
  process.send?.(state())
}

/** Task numbers beyond 2^53 are exact at the gateway alone, and would make every other answer wrong. */
function removeLongNumbers(world: World): void {
  for (const { TaskId: id } of [...world.rows('postgres', MAIN_REGION)]) {
    if (typeof id === 'bigint') world.remove('postgres', MAIN_REGION, id)
  }
}

function newest(tasks: readonly ExpectedTask[]): readonly ExpectedTask[] {
  return tasks
    .filter(({ startedAt }) => startedAt !== '')
    .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt))
    .slice(0, KNOWN)
}

function cdbTask(row: WireRow): ExpectedTask {
  return taskOf('CDB', row, row['JobId'], statusOf(CDB_STATUS, row['TaskStatus']))
}

function postgresTask(row: WireRow): ExpectedTask {
  return taskOf('POSTGRES', row, row['TaskId'], statusOf(POSTGRES_STATUS, row['Status']))
}

function taskOf(provider: string, row: WireRow, id: unknown, status: string): ExpectedTask {
  const second = parseBeijingTime(row['StartTime'])
  const startedAt = second === null ? '' : new Date(second * 1000).toISOString()
  return { provider, taskId: String(id), status, startedAt }
}

function statusOf(table: Readonly<Record<string, { readonly status: string }>>, word: unknown): string {
  return (typeof word === 'string' && Object.hasOwn(table, word) ? table[word]?.status : null) ?? 'UNKNOWN'
}
