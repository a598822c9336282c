import type { CallScope } from '../../scope'
import type { TaskId } from '../../tasks/id'
import { MAX_LIMIT, type SourcePage } from '../../tasks/source'
import type { Task } from '../../tasks/task'
import { startsFrom } from './request'

/** Asks for a page of jobs. */
export type AskJobs = (parameters: object, offset: number, scope: CallScope) => Promise<SourcePage>

/** How many pages are read where nothing better is known than that the job may be recent. */
const RECENT_PAGES = 3

/**
 * CDB cannot be asked for a job by its number. The id's hint finds it in one call; where the hint has gone stale the
 * job is looked for by its time, or among the newest.
 */
export async function findJob(
  { number, hint }: TaskId,
  ask: AskJobs,
  scope: CallScope,
): Promise<Task | null> {
  const among = ({ rows }: SourcePage) => rows.find((task) => task?.number === number) ?? null
  if (hint === null) return findRecent(ask, among, scope)
  if ('asyncRequestId' in hint) {
    const found = among(await ask({ AsyncRequestId: hint.asyncRequestId }, 0, scope))
    return found ?? findRecent(ask, among, scope)
  }
  const since = startsFrom(hint.startSecond)
  const ofInstance = hint.instanceId === null ? null : { ...since, InstanceId: hint.instanceId }
  return (
    (ofInstance && (await findOldest(ofInstance, ask, among, scope))) ?? findOldest(since, ask, among, scope)
  )
}

type Among = (page: SourcePage) => Task | null

async function findRecent(ask: AskJobs, among: Among, scope: CallScope): Promise<Task | null> {
  for (let page = 0; page < RECENT_PAGES; page++) {
    const answer = await ask({}, page * MAX_LIMIT, scope)
    const found = among(answer)
    if (found !== null || answer.rows.length < MAX_LIMIT) return found
  }
  return null
}

/** The list is newest first, so that what started at its bound stands at its end. */
async function findOldest(
  parameters: object,
  ask: AskJobs,
  among: Among,
  scope: CallScope,
): Promise<Task | null> {
  const first = await ask(parameters, 0, scope)
  const found = among(first)
  if (found !== null || first.total <= MAX_LIMIT) return found
  return among(await ask(parameters, first.total - MAX_LIMIT, scope))
}
