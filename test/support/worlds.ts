import { CDB_DOCUMENTED_ROWS } from '../../src/emulator/world/cdb-documented-rows'
import { createEmptyWorld } from '../../src/emulator/world/create-world'
import { POSTGRES_DOCUMENTED_ROWS } from '../../src/emulator/world/postgres-documented-rows'
import type { WireRow } from '../../src/emulator/world/row'
import type { World } from '../../src/emulator/world/world'
import { formatBeijingTime } from '../../src/tencent/time'

/** The rows of one product by region; fields that a row leaves out are the emulator's plain ones. */
export type RowsByRegion = Readonly<Record<string, readonly WireRow[]>>

/** A world of exactly these tasks, which do not move. */
export function worldOf(rows: { readonly cdb?: RowsByRegion; readonly postgres?: RowsByRegion }): World {
  const world = createEmptyWorld()
  for (const service of ['cdb', 'postgres'] as const)
    for (const [region, list] of Object.entries(rows[service] ?? {}))
      for (const row of list) world.insert(service, region, row)
  return world
}

/** Exactly the rows that the documents print. */
export function documentedWorld(region = 'ap-guangzhou'): World {
  return worldOf({
    cdb: { [region]: CDB_DOCUMENTED_ROWS },
    postgres: { [region]: POSTGRES_DOCUMENTED_ROWS },
  })
}

/** `count` rows that started a minute apart, the first at `second`; ids from 1. */
export function rowsFrom(service: 'cdb' | 'postgres', count: number, second: number): readonly WireRow[] {
  const idField = service === 'cdb' ? 'JobId' : 'TaskId'
  return Array.from({ length: count }, (_, index) => ({
    [idField]: index + 1,
    StartTime: formatBeijingTime(second + index * 60),
    EndTime: formatBeijingTime(second + index * 60 + 30),
  }))
}
