import type { SourceKey } from '../../tasks/task'
import { int, percent, rows, second, text, texts, type Row, type TaskWords } from '../row'
import { hintOf, type CdbTask } from './task'
import { CDB_STATUS, CDB_TYPE } from './words'
import type { ListFormat } from '../list-page'

/** How CDB lists its jobs. */
export const CDB_LIST: ListFormat = {
  action: 'DescribeTasks',
  rows: 'Items',
  number: 'JobId',
  vocabulary: { statuses: CDB_STATUS, types: CDB_TYPE },
  wordsOf: (row) => [text(row, 'TaskStatus') ?? '', text(row, 'TaskType') ?? ''],
  times: ['StartTime', 'EndTime'],
  toTask,
  hintsChange: true,
  named: ['InstanceId', 'AsyncRequestId'],
}

function toTask(row: Row, source: SourceKey, number: bigint, words: TaskWords): CdbTask {
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
