import type { CallContext } from '../../../src/call-context'
import { isList, parseList } from '../../../src/providers/list-response'
import { parseOnce } from '../../../src/providers/parse-once'
import type { Provider, RowReport, SourceOptions } from '../../../src/providers/provider'
import { int, taskNumber, text, type Row } from '../../../src/providers/row'
import { readWords } from '../../../src/providers/vocabulary'
import { MAX_LIMIT, type SourcePage, type TaskSource } from '../../../src/tasks/source'
import type { SourceKey } from '../../../src/tasks/task'
import { upstreamRequest } from '../../../src/tencent/request'
import { ASKABLE_STATUSES, planTape } from './request'
import { TAPE_STATUS, TAPE_TYPE, type TapeTask } from './task'

/** A made-up product: everything that the gateway needs to know of it. */
export const tape: Provider = {
  name: 'TAPE',
  service: 'tape',
  version: '2026-01-01',
  instancePrefixes: ['tape-'],
  isList: (response) => isList(response, 'Jobs'),
  createSource,
}

function createSource({ key, call, ownerOf, report }: SourceOptions): TaskSource {
  const read = parseOnce(
    (response, told) => parseList(response, 'Jobs', (row) => parseRow(row, key, told)),
    report,
  )
  const ask = async (
    parameters: object,
    offset: number,
    limit: number,
    context: CallContext,
  ): Promise<SourcePage> =>
    read(await call(upstreamRequest('ListJobs', { ...parameters, Offset: offset, Limit: limit }), context))
  return {
    key,
    askableStatuses: ASKABLE_STATUSES,
    mostFindCalls: 1,
    plan: (filter) => planTape(filter, ownerOf),
    before: () => null,
    page: ({ parameters }, offset, limit, context) => ask(parameters, offset, limit, context),
    // A job can be asked for by its number only together with its vault, which is the hint of its id.
    async find({ number, hint }, context) {
      const { rows, cost } = await ask({ JobId: number, Vault: hint?.[0] ?? '' }, 0, MAX_LIMIT, context)
      return { task: rows.find((task) => task?.number === number) ?? null, cost }
    },
  }
}

function parseRow(row: Row, source: SourceKey, report: RowReport): TapeTask | null {
  const number = taskNumber(row, 'Id')
  if (number === null) {
    report.rowLeftOut(source)
    return null
  }
  const vault = text(row, 'Vault') ?? ''
  const words = readWords(
    { statuses: TAPE_STATUS, types: TAPE_TYPE },
    String(int(row, 'State') ?? ''),
    text(row, 'Kind') ?? '',
    (kind, word) => report.unknownWord(source, kind, word),
  )
  const done = row['Done']
  return {
    provider: 'TAPE',
    source,
    number,
    ...words,
    progress: typeof done === 'number' ? Math.round(done * 100) : null,
    startSecond: int(row, 'Begun'),
    endSecond: int(row, 'Ended'),
    message: null,
    instanceIds: [vault],
    submissionId: null,
    hint: [vault],
    vault,
  }
}
