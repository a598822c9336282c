import type { TaskFilter, TaskPredicate } from '../../tasks/filter'
import type { SourcePlan } from '../../tasks/source'
import { planLists, wallClock } from '../plan-lists'
import type { InstanceOwner } from '../provider'
import { codesOf } from '../row'
import { CDB_STATUS, CDB_TYPE } from './words'

const STATUSES = Object.values(CDB_STATUS).map(({ code, status }) => ({ code, word: status }))
/** `UNKNOWN` stands for any word that is not in the vocabulary, too. */
export const ASKABLE_STATUSES = STATUSES.filter(({ code, word }) => code !== null && word !== 'UNKNOWN').map(
  ({ word }) => word,
)
const TYPES = Object.values(CDB_TYPE).map(({ code, type }) => ({ code, word: type }))

/** What of a filter CDB applies itself, and what remains. */
export function planCdb(filter: TaskFilter, ownerOf: InstanceOwner): readonly SourcePlan[] {
  const { submissionId, startedAt, endedAt, number } = filter
  const statuses = pushDown(filter.statuses, STATUSES, 'UNKNOWN')
  const types = pushDown(filter.types, TYPES, 'OTHER')
  // CDB cannot be asked for a job by its number, nor for words that it never says.
  if (number !== undefined || statuses.codes?.length === 0 || types.codes?.length === 0) return []
  const remaining: TaskPredicate = {
    ...(statuses.remaining && { statuses: statuses.remaining }),
    ...(types.remaining && { types: types.remaining }),
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
  }
  const parameters = {
    ...(submissionId !== undefined && { AsyncRequestId: submissionId }),
    ...(statuses.codes && { TaskStatus: statuses.codes }),
    ...(types.codes && { TaskTypes: types.codes }),
    ...startsFrom(startedAt?.from),
  }
  return planLists(filter, 'CDB', ownerOf, {
    parameters,
    remaining,
    // Whether StartTimeEnd bounds the start or the end is not known, so it is never sent.
    unsent: startedAt?.to === undefined ? {} : { to: startedAt.to },
    sortedBy: 'STARTED_AT',
    direction: 'DESC',
    timeless: 'LAST',
    isAligned: false,
    instanceParameter: 'InstanceId',
  })
}

/** The same list, only what started after the second. */
export function planNewer(plan: SourcePlan, second: number): SourcePlan {
  const from = Math.max(second + 1, (plan.remaining.startedAt?.from ?? -Infinity) - 1)
  return { ...plan, parameters: { ...plan.parameters, StartTimeBegin: wallClock(from) } }
}

/** One second wider than asked, since it is not documented whether the bound is inclusive. */
export function startsFrom(second: number | undefined): { StartTimeBegin?: string } {
  return second === undefined ? {} : { StartTimeBegin: wallClock(second - 1) }
}

function pushDown<Word extends string>(
  wanted: readonly Word[] | undefined,
  vocabulary: readonly { readonly code: number | null; readonly word: Word }[],
  catchAll: Word,
): { codes: readonly number[] | null; remaining: readonly Word[] | null } {
  if (wanted === undefined) return { codes: null, remaining: null }
  const codes = codesOf(wanted, vocabulary, catchAll)
  return codes === null ? { codes, remaining: wanted } : { codes, remaining: null }
}
