import { UpstreamFailure } from '../failure'
import type { SourcePage } from '../tasks/source'
import type { Task } from '../tasks/task'
import type { UpstreamAnswer } from '../tencent/client'
import { isRow, type Row } from './row'

/**
 * Opens a list: `TotalCount` and the rows under `field`.
 * @param parseRow null for a row that cannot be served
 * @throws UpstreamFailure where the answer has another shape
 */
export function parseList(
  answer: UpstreamAnswer,
  field: string,
  parseRow: (row: Row) => Task | null,
): SourcePage {
  const { requestId, askedAtMs } = answer
  const list = readList(answer, field)
  if (typeof list === 'string') throw invalid(list, requestId)
  return { rows: list.rows.map(parseRow), total: list.total, requestId, askedAtMs }
}

/** True where `parseList` can read it. */
export function isList(answer: UpstreamAnswer, field: string): boolean {
  return typeof readList(answer, field) !== 'string'
}

/** A text is what is wrong. */
function readList(
  { response }: UpstreamAnswer,
  field: string,
): { readonly rows: readonly Row[]; readonly total: number } | string {
  const total = response['TotalCount']
  const list = response[field] ?? (total === 0 ? [] : null)
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    return 'TotalCount is not a whole number'
  if (!Array.isArray(list)) return `${field} is not a list`
  return list.every(isRow) ? { rows: list, total } : `${field} holds something that is not a task`
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
