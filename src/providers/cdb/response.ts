import type { SourceKey } from '../../tasks/task'
import type { UpstreamResponse } from '../../upstream-call'
import { parseList, type TaskList } from '../list-response'
import type { RowReport } from '../provider'
import { int, percent, rows, second, taskNumber, text, texts, type Row } from '../row'
import { readWords } from '../vocabulary'
import { hintOf } from './hint'
import { CDB_STATUS } from './status'
import type { CdbTask } from './task'
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
  const startSecond = second(row, 'StartTime')
  const instanceIds = texts(row, 'InstanceIds')
  const submissionId = text(row, 'AsyncRequestId')
  return {
    provider: 'CDB',
    source,
    number,
    status: words.status,
    rawStatus: words.rawStatus,
    type: words.type,
    rawType: words.rawType,
    progress: percent(row, 'Progress'),
    startSecond,
    endSecond: second(row, 'EndTime'),
    message: text(row, 'Message'),
    instanceIds,
    submissionId,
    hint: hintOf(submissionId, startSecond, instanceIds),
    code: int(row, 'Code'),
    attachments: rows(row, 'TaskAttachInfo').map((info) => ({
      key: text(info, 'AttachKey') ?? '',
      value: text(info, 'AttachValue') ?? '',
    })),
  }
}
