import type { SourceKey, TaskProvider } from '../tasks/task'
import type { TaskMemory } from '../tasks/task-memory'
import type { TaskSource } from '../tasks/source'
import type { Call, UpstreamResponse } from '../upstream-call'

/** What a source is built from. */
export interface SourceOptions {
  readonly key: SourceKey
  readonly call: Call
  /** Which product an instance id belongs to; null where its form does not tell. */
  readonly ownerOf: InstanceOwner
  readonly report: RowReport
  /** Takes in the rows of every answer; nothing does if absent. */
  readonly memory?: Pick<TaskMemory, 'see' | 'ids'>
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Told of rows that cannot be read in full. */
export interface RowReport {
  unknownWord(source: SourceKey, kind: 'status' | 'type' | 'time', word: string): void
  rowLeftOut(source: SourceKey): void
}

export type InstanceOwner = (instanceId: string) => TaskProvider | null

/** One product: everything that the rest of the gateway needs to know of it. */
export interface Provider {
  readonly name: TaskProvider
  /** The service name that is signed. */
  readonly service: string
  readonly version: string
  /** What the ids of its instances begin with. */
  readonly instancePrefixes: readonly string[]
  /** True for a response that a page can be read from. */
  readonly isList: (response: UpstreamResponse) => boolean
  createSource(options: SourceOptions): TaskSource
}

/** Tells owners by how an instance's id begins. */
export function ownerAmong(providers: readonly Provider[]): InstanceOwner {
  return (instanceId) => {
    const owner = providers.find(({ instancePrefixes }) =>
      instancePrefixes.some((prefix) => instanceId.startsWith(prefix)),
    )
    return owner?.name ?? null
  }
}
