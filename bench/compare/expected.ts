import { CDB_STATUS } from '../../src/providers/cdb/words'
import { POSTGRES_STATUS } from '../../src/providers/postgres/words'
import type { WireRow } from '../../src/emulator/world/row'
import type { World } from '../../src/emulator/world/world'
import { parseBeijingTime } from '../../src/tencent/time'
import type { ExpectedTask } from './question'

const KNOWN = 100

/** Which lists are asked for: each region has one of each product. */
export interface Lists {
  readonly regions: readonly string[]
  readonly products: readonly ('cdb' | 'postgres')[]
}

/** The newest tasks of these lists, merged. */
export function expectedOf(world: World, { regions, products }: Lists): readonly ExpectedTask[] {
  return newest(
    regions.flatMap((region) =>
      products.flatMap((product) =>
        world.rows(product, region).map(product === 'cdb' ? cdbTask : postgresTask),
      ),
    ),
  )
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
  return { provider, taskId: String(id), status, startedAt: startedAtOf(row['StartTime']) }
}

/** An upstream's start as an instant in UTC; empty where the task has not begun. */
export function startedAtOf(begun: unknown): string {
  const second = parseBeijingTime(begun)
  return second === null ? '' : new Date(second * 1000).toISOString()
}

function statusOf(table: Readonly<Record<string, { readonly status: string }>>, word: unknown): string {
  return (typeof word === 'string' && Object.hasOwn(table, word) ? table[word]?.status : null) ?? 'UNKNOWN'
}
