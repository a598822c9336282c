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
  const { response, requestId, askedAtMs } = answer
  const total = response['TotalCount']
  const list = response[field] ?? (total === 0 ? [] : null)
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    throw invalid('TotalCount is not a whole number', requestId)
  if (!Array.isArray(list)) throw invalid(`${field} is not a list`, requestId)
  const rows = list.map((row: unknown) => {
    if (!isRow(row)) throw invalid(`${field} holds something that is not a task`, requestId)
    return parseRow(row)
  })
  return { rows, total, requestId, askedAtMs }
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
