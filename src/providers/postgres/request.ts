import type { TaskFilter, TaskPredicate } from '../../tasks/filter'
import type { TaskOrder } from '../../tasks/order'
import type { SourcePlan } from '../../tasks/source'
import { planLists, wallClock } from '../plan-lists'
import type { InstanceOwner } from '../provider'
import { POSTGRES_STATUS, POSTGRES_TYPE } from './words'

/** Always sent where the caller gives no other, so that the default of 180 days hides nothing. */
export const EARLIEST = { MinStartTime: '2010-01-01 00:00:00' }

const ORDER_BY = { STARTED_AT: 'StartTime', ENDED_AT: 'EndTime' } as const
const STATUSES: ReadonlySet<string> = new Set([
  ...Object.values(POSTGRES_STATUS).map(({ status }) => status),
  'UNKNOWN',
])
const TYPES: ReadonlySet<string> = new Set([...Object.values(POSTGRES_TYPE).map(({ type }) => type), 'OTHER'])

/** What of a filter Postgres applies itself, and what remains: it knows neither status nor type. */
export function planPostgres(
  filter: TaskFilter,
  order: TaskOrder,
  ownerOf: InstanceOwner,
): readonly SourcePlan[] {
  const { statuses, types, startedAt, endedAt, number, submissionId } = filter
  const isPossible = (statuses?.some(has(STATUSES)) ?? true) && (types?.some(has(TYPES)) ?? true)
  if (submissionId !== undefined || !isPossible) return []
  const remaining: TaskPredicate = {
    ...(statuses && { statuses }),
    ...(types && { types }),
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
  }
  const parameters = {
    ...(number !== undefined && { TaskId: number }),
    ...bounds(startedAt?.from, startedAt?.to),
    OrderBy: ORDER_BY[order.field],
    OrderByType: order.direction.toLowerCase(),
  }
  return planLists(filter, 'POSTGRES', ownerOf, {
    parameters,
    remaining,
    unsent: {},
    sortedBy: order.field,
    direction: order.direction,
    timeless: timelessIn(order),
    isAligned: false,
    instanceParameter: 'DBInstanceId',
  })
}

/** The same list, only what stands before the second; by end time it cannot be bounded. */
export function planBefore(plan: SourcePlan, second: number): SourcePlan | null {
  if (plan.sortedBy !== 'STARTED_AT') return null
  const { from = -Infinity, to = Infinity } = plan.remaining.startedAt ?? {}
  const bound =
    plan.direction === 'DESC'
      ? { MinStartTime: wallClock(Math.max(second + 1, from - 1)) }
      : { MaxStartTime: wallClock(Math.min(second - 1, to + 1)) }
  return { ...plan, parameters: { ...plan.parameters, ...bound } }
}

/** Where rows without an end stand is not documented; those that have not begun count as older than all others. */
function timelessIn({ field, direction }: TaskOrder): SourcePlan['timeless'] {
  if (field === 'ENDED_AT') return 'UNKNOWN'
  return direction === 'DESC' ? 'LAST' : 'FIRST'
}

/** One second wider than asked, since it is not documented whether the bounds are inclusive. */
function bounds(from: number | undefined, to: number | undefined): object {
  return {
    ...(from === undefined ? EARLIEST : { MinStartTime: wallClock(from - 1) }),
    ...(to !== undefined && { MaxStartTime: wallClock(to + 1) }),
  }
}

function has(words: ReadonlySet<string>): (word: string) => boolean {
  return (word) => words.has(word)
}
