import type { TaskProvider } from '../tasks/task'
import { cdb } from './cdb/source'
import { postgres } from './postgres/source'
import type { Provider } from './provider'

/** The only list of providers. */
export const PROVIDERS = { CDB: cdb, POSTGRES: postgres } as const satisfies Record<TaskProvider, Provider>

/** Which product an instance id belongs to, by how it begins; null where that does not tell. */
export function ownerOf(instanceId: string): TaskProvider | null {
  const owner = Object.values(PROVIDERS).find(({ instancePrefixes }) =>
    instancePrefixes.some((prefix) => instanceId.startsWith(prefix)),
  )
  return owner?.name ?? null
}
