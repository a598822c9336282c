import { planLists } from '../../../src/providers/plan-lists'
import type { InstanceOwner } from '../../../src/providers/provider'
import { codesOf } from '../../../src/providers/row'
import type { TaskFilter } from '../../../src/tasks/filter'
import type { SourcePlan } from '../../../src/tasks/source'
import { TAPE_STATUS } from './task'

const STATUSES = Object.values(TAPE_STATUS).map(({ code, status }) => ({ code, word: status }))
export const ASKABLE_STATUSES = STATUSES.map(({ word }) => word)

/** What of a filter TAPE applies itself: the vault and the states, and nothing of time. */
export function planTape(filter: TaskFilter, ownerOf: InstanceOwner): readonly SourcePlan[] {
  const { statuses, types, startedAt, endedAt, submissionId, number } = filter
  const states = statuses && codesOf(statuses, STATUSES, 'UNKNOWN')
  // It has no request ids, and finds a number only in a vault.
  if (submissionId !== undefined || number !== undefined || states?.length === 0) return []
  return planLists(filter, 'TAPE', ownerOf, {
    parameters: states ? { States: states } : {},
    remaining: {
      ...(states === null && statuses && { statuses }),
      ...(types && { types }),
      ...(startedAt && { startedAt }),
      ...(endedAt && { endedAt }),
    },
    unsent: startedAt ?? {},
    // No document says so: every answer is checked against it.
    sortedBy: 'STARTED_AT',
    direction: 'DESC',
    timeless: 'LAST',
    isAligned: true,
    instanceParameter: 'Vault',
  })
}
