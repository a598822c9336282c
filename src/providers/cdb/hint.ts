import type { TaskHint } from '../../tasks/task'

/** What finds a job again: the request that made it, else its start and one of its instances. */
export type CdbHint =
  { readonly asyncRequestId: string } | { readonly startSecond: number; readonly instanceId: string | null }

/** As it stands in an id. Null where nothing finds the job but a search. */
export function hintOf(
  asyncRequestId: string | null,
  startSecond: number | null,
  instanceIds: readonly string[],
): TaskHint | null {
  if (asyncRequestId !== null) return [asyncRequestId]
  if (startSecond === null) return null
  const [instanceId = null] = [...instanceIds].sort()
  return [startSecond, instanceId]
}

/** Null for a hint that none of our ids has. */
export function readHint([first, second]: TaskHint): CdbHint | null {
  if (typeof first === 'string') return { asyncRequestId: first }
  if (typeof first !== 'number' || !Number.isSafeInteger(first) || typeof second === 'number') return null
  return { startSecond: first, instanceId: second ?? null }
}
