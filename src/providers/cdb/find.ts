import type { TaskId } from '../../tasks/id'
import { MAX_LIMIT, type SourcePage, type SourcePlan } from '../../tasks/source'
import type { Task } from '../../tasks/task'
import { readHint } from './task'
import { startsFrom } from './request'

/** Asks for a page of jobs. */
export type AskJobs = (parameters: SourcePlan['parameters'], offset: number) => Promise<SourcePage>

/** The list of an instance, and both ends of the list without it. */
export const MOST_FIND_CALLS = 3

/** CDB cannot be asked for a job by its number. The id's hint finds it in one call, unless it has gone stale. */
export async function findJob({ number, hint }: TaskId, ask: AskJobs): Promise<Task | null> {
  const read = hint && readHint(hint)
  if (read === null) return null
  const among = ({ rows }: SourcePage) => rows.find((task) => task?.number === number) ?? null
  if ('asyncRequestId' in read) return among(await ask({ AsyncRequestId: read.asyncRequestId }, 0))
  const since = startsFrom(read.startSecond)
  if (read.instanceId !== null) {
    const ofInstance = { ...since, InstanceId: read.instanceId }
    const first = await ask(ofInstance, 0)
    // An instance that was destroyed has no list any more.
    if (first.total > 0) return findOldest(first, ofInstance)
  }
  return findOldest(await ask(since, 0), since)

  /** The list is newest first, so a task that started at its bound is at its end. */
  async function findOldest(first: SourcePage, parameters: SourcePlan['parameters']): Promise<Task | null> {
    const found = among(first)
    if (found !== null || first.total <= MAX_LIMIT) return found
    return among(await ask(parameters, first.total - MAX_LIMIT))
  }
}
