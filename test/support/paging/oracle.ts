import type { TaskFilter } from '../../../src/tasks/filter'
import type { TaskOrder } from '../../../src/tasks/order'
import { PROVIDER_OF, type ModelRow } from './model-row'

/** What is asked, as the oracle needs it. */
export interface OracleQuestion {
  readonly filter: TaskFilter
  readonly field: TaskOrder['field']
  /** The direction of the walk, not of the order. */
  readonly direction: TaskOrder['direction']
  /** Unix seconds at which the walk began. */
  readonly startSecond: number
  /** Whether Postgres shows rows that have not begun. */
  readonly showsNotBegun: boolean
}

/** Where a row stands, lowest first. */
export interface OracleKey {
  readonly second: number
  readonly source: string
  readonly number: bigint
}

const MINE: Readonly<Record<ModelRow['service'], RegExp>> = {
  cdb: /^cdb/,
  postgres: /^(postgres-|pg)/,
}

/** The simplest reading of the promise: whether the row belongs into the list at this instant. */
export function belongs(row: ModelRow, { filter, showsNotBegun }: OracleQuestion): boolean {
  if (!row.hasNumber) return false
  if (row.service === 'postgres' && row.start === null && !showsNotBegun) return false
  const { providers, accounts, regions, instanceIds, statuses, types, startedAt, endedAt } = filter
  return (
    (providers?.includes(PROVIDER_OF[row.service]) ?? true) &&
    (accounts?.includes('default') ?? true) &&
    (regions?.includes(row.region) ?? true) &&
    (instanceIds?.some((id) => row.instances.includes(id) && isAskable(id, row)) ?? true) &&
    (statuses?.includes(row.status[0]) ?? true) &&
    (types?.includes(row.type[0]) ?? true) &&
    isWithin(startedAt, row.start) &&
    isWithin(endedAt, row.end)
  )
}

export function oracleKey(
  row: Pick<ModelRow, 'service' | 'region' | 'id' | 'start' | 'end'>,
  { field, startSecond }: OracleQuestion,
): OracleKey {
  const end = row.end !== null && row.end < startSecond ? row.end : null
  const second = (field === 'STARTED_AT' ? row.start : end) ?? -Infinity
  return { second, source: `${PROVIDER_OF[row.service]} ${row.region}`, number: BigInt(row.id) }
}

/** Negative where `a` comes before `b` in the walk. */
export function inOrder(a: OracleKey, b: OracleKey, { direction }: OracleQuestion): number {
  const ascending = compare(a.second, b.second) || compare(a.source, b.source) || compare(a.number, b.number)
  return direction === 'ASC' ? ascending : -ascending
}

/** Every row of the list at this instant, in the order of the walk. */
export function wholeList(rows: readonly ModelRow[], question: OracleQuestion): readonly ModelRow[] {
  return rows
    .filter((row) => belongs(row, question))
    .map((row) => ({ row, key: oracleKey(row, question) }))
    .sort((a, b) => inOrder(a.key, b.key, question))
    .map(({ row }) => row)
}

/** Whether something of the filter is left for us to apply to the rows of the product, beside the order's own bounds. */
export function hasRemainder(service: ModelRow['service'], question: OracleQuestion): boolean {
  const { statuses, types, instanceIds, startedAt, endedAt } = question.filter
  if ((question.field === 'STARTED_AT' ? endedAt : startedAt) !== undefined) return true
  const own = instanceIds?.filter((id) => MINE[service].test(id) || !isOwned(id)) ?? []
  if (own.length > 8) return true
  if (service === 'postgres') return statuses !== undefined || types !== undefined
  return (
    (statuses?.some((word) => word === 'WAITING' || word === 'UNKNOWN') ?? false) ||
    (types?.includes('OTHER') ?? false)
  )
}

function isAskable(id: string, { service }: ModelRow): boolean {
  return MINE[service].test(id) || !isOwned(id)
}

function isOwned(id: string): boolean {
  return MINE.cdb.test(id) || MINE.postgres.test(id)
}

function isWithin(range: { from?: number; to?: number } | undefined, second: number | null): boolean {
  if (range === undefined) return true
  return second !== null && second >= (range.from ?? -Infinity) && second <= (range.to ?? Infinity)
}

function compare<T extends number | string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
