import type { SourceKey } from '../../tasks/task'
import type { UpstreamResponse } from '../../upstream-call'
import { parseList, type TaskList } from '../list-response'
import type { RowReport } from '../provider'
import { isRecord } from '../../lib/is-record'
import { percent, second, taskNumber, text, type Row } from '../row'
import { readWords } from '../vocabulary'
import { RowDetail } from './detail'
import { POSTGRES_STATUS } from './status'
import type { PostgresTask } from './task'
import { POSTGRES_TYPE } from './type'

/** The field of an answer that holds its tasks. */
export const POSTGRES_ROWS = 'TaskSet'

/** @throws UpstreamFailure where the answer is not a list of tasks */
export function parsePostgresPage(
  response: UpstreamResponse,
  source: SourceKey,
  report: RowReport,
): TaskList {
  return parseList(response, POSTGRES_ROWS, (row) => parseRow(row, source, report))
}

function parseRow(row: Row, source: SourceKey, report: RowReport): PostgresTask | null {
  const number = taskNumber(row, 'TaskId')
  if (number === null) {
    report.rowLeftOut(source)
    return null
  }
  const words = readWords(
    { statuses: POSTGRES_STATUS, types: POSTGRES_TYPE },
    text(row, 'Status') ?? '',
    text(row, 'TaskType') ?? '',
    (kind, word) => report.unknownWord(source, kind, word),
  )
  const instanceId = text(row, 'DBInstanceId')
  const detail = isRecord(row['TaskDetail']) ? row['TaskDetail'] : {}
  return {
    provider: 'POSTGRES',
    source,
    number,
    status: words.status,
    rawStatus: words.rawStatus,
    type: words.type,
    rawType: words.rawType,
    progress: percent(row, 'Progress'),
    startSecond: second(row, 'StartTime'),
    endSecond: second(row, 'EndTime'),
    instanceIds: instanceId === null ? [] : [instanceId],
    message: text(detail, 'Message'),
    submissionId: null,
    hint: null,
    detail: new RowDetail(detail),
  }
}
