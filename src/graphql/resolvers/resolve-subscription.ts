import type { Activity } from '../../live/live'
import { BadInput } from '../../tasks/bad-input'
import type { Task } from '../../tasks/task'
import type { GraphContext } from '../context'
import { LimitExceeded } from '../refusal'
import { toFilter, type TaskFilter } from '../schema/inputs'
import { toLookup, type SubmittedTask } from '../schema/submitted-task.input'

export interface WatchArguments {
  readonly ids?: readonly string[] | null
  readonly submitted?: SubmittedTask | null
}

export interface ActivityArguments {
  readonly filter?: TaskFilter | null
  readonly since?: string | null
}

/** @throws BadInput where no task is named, or one is named wrongly; LimitExceeded where too many are */
export function watchTasks(
  { core, live, maxWatchedIds, caller, scope }: GraphContext,
  { ids, submitted }: WatchArguments,
): AsyncIterable<Task> {
  const watched = ids ?? []
  if (watched.length === 0 && !submitted)
    throw new BadInput('ids', 'no task is named; give ids, or submitted, or both')
  if (watched.length > maxWatchedIds)
    throw new LimitExceeded(
      'watched_ids',
      `ids has ${watched.length} entries; at most ${maxWatchedIds} are allowed`,
      { extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } },
    )
  const question = {
    ids: watched.map((id) => core.readId(id, 'ids')),
    submitted: submitted ? toLookup(submitted) : null,
  }
  return live.watch(question, caller, scope.signal)
}

/** @throws BadInput where the filter breaks a rule */
export function followActivity(
  { live, caller, scope }: GraphContext,
  { filter, since }: ActivityArguments,
): AsyncIterable<Activity> {
  return live.activity({ filter: toFilter(filter), since: since ?? null }, caller, scope.signal)
}
