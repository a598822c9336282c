import { UpstreamFailure } from '../failure'
import type { SourcePage } from '../tasks/source'
import type { Task } from '../tasks/task'
import { isRecord } from '../lib/is-record'
import type { UpstreamResponse } from '../upstream-call'
import type { Row } from './row'

/** The tasks of one response, one for each upstream row, and how many rows the list has. */
export type TaskList = Pick<SourcePage, 'rows' | 'total'>

/**
 * Opens a list: `TotalCount` and the rows under `field`.
 * @param parseRow null for a row that cannot be served
 * @throws UpstreamFailure where the answer has another shape
 */
export function parseList(
  response: UpstreamResponse,
  field: string,
  parseRow: (row: Row) => Task | null,
): TaskList {
  const list = readList(response, field)
  if (typeof list === 'string') throw invalid(list, response.requestId)
  return { rows: list.rows.map(parseRow), total: list.total }
}

/** True where `parseList` can read it. */
export function isList(response: UpstreamResponse, field: string): boolean {
  return typeof readList(response, field) !== 'string'
}

/** A text is what is wrong. */
function readList(
  { fields }: UpstreamResponse,
  field: string,
): { readonly rows: readonly Row[]; readonly total: number } | string {
  const total = fields['TotalCount']
  const list = fields[field] ?? (total === 0 ? [] : null)
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    return 'TotalCount is not a whole number'
  if (!Array.isArray(list)) return `${field} is not a list`
  return list.every(isRecord) ? { rows: list, total } : `${field} holds something that is not a task`
}

function invalid(problem: string, requestId: string): UpstreamFailure {
  return new UpstreamFailure(
    'UPSTREAM_INVALID_RESPONSE',
    `the upstream's answer has the wrong shape: ${problem}`,
    {
      retryable: false,
      requestId,
    },
  )
}
