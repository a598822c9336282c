import { MAX_INSTANCE_LISTS, type TaskFilter, type TaskPredicate } from '../tasks/filter'
import type { SourcePlan } from '../tasks/source'
import type { TaskProvider } from '../tasks/task'
import type { InstanceOwner } from './provider'
import { formatBeijingTime } from '../tencent/time'

/** What every list of a source has in common, and how one instance is asked for. */
export interface ListShape extends Omit<SourcePlan, 'list' | 'parameters' | 'remaining'> {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly remaining: TaskPredicate
  readonly instanceParameter: string
}

/** What an id may be made of; nothing else can be known to a cloud. */
const INSTANCE_ID = /^[\w-]{1,64}$/

/**
 * One list where no instance is asked for, a list for each of a few, and one list with the rest applied here for many.
 * Ids that by their form belong to another product are not asked for.
 */
export function planLists(
  filter: TaskFilter,
  provider: TaskProvider,
  ownerOf: InstanceOwner,
  shape: ListShape,
): readonly SourcePlan[] {
  const { instanceParameter, ...list } = shape
  if (filter.instanceIds === undefined) return [{ ...list, list: '' }]
  const isOurs = (id: string) => INSTANCE_ID.test(id) && (ownerOf(id) ?? provider) === provider
  const ids = [...new Set(filter.instanceIds)].filter(isOurs).sort()
  if (ids.length === 0) return []
  if (ids.length > MAX_INSTANCE_LISTS)
    return [{ ...list, list: '', remaining: { ...list.remaining, instanceIds: ids } }]
  return ids.map((id) => ({ ...list, list: id, parameters: { ...list.parameters, [instanceParameter]: id } }))
}

/** The last year that has four digits, with room for the zone. */
const LAST_SECOND = Date.UTC(9999, 0, 1) / 1000

/** A bound as the upstreams read it; no task is older than the epoch, nor younger than what they can be told. */
export function wallClock(second: number): string {
  return formatBeijingTime(Math.min(Math.max(0, second), LAST_SECOND))
}
