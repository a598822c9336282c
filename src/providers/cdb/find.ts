import type { TaskId } from '../../tasks/id'
import { MAX_LIMIT, type SourcePage, type SourcePlan } from '../../tasks/source'
import type { Task } from '../../tasks/task'
import { readHint, type CdbHint } from './task'
import { startsFrom } from './request'

/** Asks for a page of jobs. */
export type AskJobs = (parameters: SourcePlan['parameters'], offset: number) => Promise<SourcePage>

/** How many of the newest pages are read where no hint finds the job. */
const RECENT_PAGES = 3
/** Two ends of two hinted lists, the newest pages, and the end of the whole list. */
export const MOST_FIND_CALLS = 4 + RECENT_PAGES + 1

/**
 * CDB cannot be asked for a job by its number. The id's hint finds it in one call; where the hint has gone stale the
 * job is looked for by its time, then among the newest and at the list's end.
 */
export async function findJob({ number, hint }: TaskId, ask: AskJobs): Promise<Task | null> {
  const among = ({ rows }: SourcePage) => rows.find((task) => task?.number === number) ?? null
  const read = hint && readHint(hint)
  const hinted = read && (await findHinted(read, ask, among))
  return hinted ?? findUnhinted(ask, among)
}

type Among = (page: SourcePage) => Task | null

async function findHinted(hint: CdbHint, ask: AskJobs, among: Among): Promise<Task | null> {
  if ('asyncRequestId' in hint) return among(await ask({ AsyncRequestId: hint.asyncRequestId }, 0))
  const since = startsFrom(hint.startSecond)
  const ofInstance = hint.instanceId === null ? null : { ...since, InstanceId: hint.instanceId }
  return (ofInstance && (await findOldest(ofInstance, ask, among))) ?? findOldest(since, ask, among)
}

/** A job that has not begun stands at the list's end, as far as is known. */
async function findUnhinted(ask: AskJobs, among: Among): Promise<Task | null> {
  let total = Infinity
  for (let offset = 0; offset < Math.min(total, RECENT_PAGES * MAX_LIMIT); offset += MAX_LIMIT) {
    const page = await ask({}, offset)
    const found = among(page)
    if (found !== null) return found
    total = page.total
  }
  if (total <= RECENT_PAGES * MAX_LIMIT) return null
  return among(await ask({}, total - MAX_LIMIT))
}

/** The list is newest first, so that what started at its bound stands at its end. */
async function findOldest(
  parameters: SourcePlan['parameters'],
  ask: AskJobs,
  among: Among,
): Promise<Task | null> {
  const first = await ask(parameters, 0)
  const found = among(first)
  if (found !== null || first.total <= MAX_LIMIT) return found
  return among(await ask(parameters, first.total - MAX_LIMIT))
}
