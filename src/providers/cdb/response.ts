import type { CdbTask, SourceKey } from '../../tasks/task'
import type { UpstreamResponse } from '../../upstream-call'
import { parseList, type TaskList } from '../list-response'
import type { RowReport } from '../provider'
import { int, percent, rows, second, taskNumber, text, texts, type Row } from '../row'
import { readWords } from '../vocabulary'
import { CDB_STATUS } from './status'
import { CDB_TYPE } from './type'

/** The field of an answer that holds its tasks. */
export const CDB_ROWS = 'Items'

/** @throws UpstreamFailure where the answer is not a list of tasks */
export function parseCdbPage(response: UpstreamResponse, source: SourceKey, report: RowReport): TaskList {
  return parseList(response, CDB_ROWS, (row) => parseRow(row, source, report))
}

function parseRow(row: Row, source: SourceKey, report: RowReport): CdbTask | null {
  const number = taskNumber(row, 'JobId')
  if (number === null) {
    report.rowLeftOut(source)
    return null
  }
  const words = readWords(
    { statuses: CDB_STATUS, types: CDB_TYPE },
    text(row, 'TaskStatus') ?? '',
    text(row, 'TaskType') ?? '',
    (kind, word) => report.unknownWord(source, kind, word),
  )
  return {
    provider: 'CDB',
    source,
    number,
    status: words.status,
    rawStatus: words.rawStatus,
    type: words.type,
    rawType: words.rawType,
    progress: percent(row, 'Progress'),
    startSecond: second(row, 'StartTime'),
    endSecond: second(row, 'EndTime'),
    message: text(row, 'Message'),
    instanceIds: texts(row, 'InstanceIds'),
    code: int(row, 'Code'),
    asyncRequestId: text(row, 'AsyncRequestId'),
    attachments: rows(row, 'TaskAttachInfo').map((info) => ({
      key: text(info, 'AttachKey') ?? '',
      value: text(info, 'AttachValue') ?? '',
    })),
  }
}
