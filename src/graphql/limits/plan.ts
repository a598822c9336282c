import { MAX_INSTANCE_LISTS } from '../../tasks/filter'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../tasks/page-arguments'
import type { SourceKey, TaskProvider } from '../../tasks/task'
import type { GraphContext } from '../context'

/** A field's arguments after coercion. */
export type Arguments = Readonly<Record<string, unknown>>

/** What a plan is made for: the sources that the caller may see. */
export interface Planned {
  readonly sources: readonly SourceKey[]
  readonly ownerOf: GraphContext['ownerOf']
}

/** Up to so many tasks, a page needs one call of a list; one row more is asked for, and some to prove its place. */
const ROWS_OF_ONE_CALL = 95

/** How many tasks a page may have; 0 where the arguments are refused before anything is asked. */
export function pageSize({ first, after, last, before }: Arguments): number {
  const isBackward = isGiven(last) || isGiven(before)
  if (isBackward && (isGiven(first) || isGiven(after))) return 0
  const size = (isBackward ? last : first) ?? DEFAULT_PAGE_SIZE
  return typeof size === 'number' && size >= 1 && size <= MAX_PAGE_SIZE ? size : 0
}

/** Calls for one page of a list over the sources that its filter leaves. */
export function listCalls(args: Arguments, { sources, ownerOf }: Planned, provider?: TaskProvider): number {
  const size = pageSize(args)
  const callsOfList = size === 0 ? 0 : size <= ROWS_OF_ONE_CALL ? 1 : 2
  const filter = isRecord(args['filter']) ? args['filter'] : {}
  const lists = selectSources(sources, filter, provider).map((source) => listsOf(source, filter, ownerOf))
  return callsOfList * sum(lists)
}

/** Calls for a page of one instance's tasks, whose product is not known before: that of the most sources. */
export function instanceListCalls(args: Arguments, planned: Planned): number {
  const providers = [...new Set(planned.sources.map(({ provider }) => provider))]
  return Math.max(0, ...providers.map((provider) => listCalls(withoutInstances(args), planned, provider)))
}

/** Calls that ask every source of the product, or those of one account or region. */
export function lookupCalls(
  { account, region }: Arguments,
  { sources }: Planned,
  provider?: TaskProvider,
): number {
  const accounts = isGiven(account) ? [account] : null
  const regions = isGiven(region) ? [region] : null
  return selectSources(sources, { accounts, regions }, provider).length
}

/** How many different ones a list argument names. */
export function countOf(list: unknown): number {
  return Array.isArray(list) ? new Set(list).size : 0
}

function selectSources(
  sources: readonly SourceKey[],
  { providers, accounts, regions }: Arguments,
  only?: TaskProvider,
): readonly SourceKey[] {
  return sources.filter(
    ({ provider, account, region }) =>
      (only === undefined || provider === only) &&
      isIn(providers, provider) &&
      isIn(accounts, account) &&
      isIn(regions, region),
  )
}

/** One list for each of a few instances that can be of the source's product, one for all of many. */
function listsOf({ provider }: SourceKey, { instanceIds }: Arguments, ownerOf: Planned['ownerOf']): number {
  if (!Array.isArray(instanceIds)) return 1
  const ids = new Set(instanceIds.filter((id): id is string => typeof id === 'string'))
  const ours = [...ids].filter((id) => (ownerOf(id) ?? provider) === provider).length
  return ours > MAX_INSTANCE_LISTS ? 1 : ours
}

function withoutInstances(args: Arguments): Arguments {
  return isRecord(args['filter']) ? { ...args, filter: { ...args['filter'], instanceIds: null } } : args
}

function isIn(list: unknown, value: string | null): boolean {
  return !Array.isArray(list) || list.includes(value)
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined
}

/** True for an object of arguments, as variables and literals come. */
export function isRecord(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
