import { isList, type ListFormat, listPages } from '../../../src/providers/list-page'
import type { Provider, SourceOptions } from '../../../src/providers/provider'
import { int, text, type Row, type TaskWords } from '../../../src/providers/row'
import { MAX_LIMIT, type TaskSource } from '../../../src/tasks/source'
import type { SourceKey } from '../../../src/tasks/task'
import { ASKABLE_STATUSES, planTape } from './request'
import { TAPE_STATUS, TAPE_TYPE, type TapeTask } from './task'

/** A made-up product: everything that the gateway needs to know of it. */
export const tape: Provider = {
  name: 'TAPE',
  service: 'tape',
  version: '2026-01-01',
  instancePrefixes: ['tape-'],
  isList: (response) => isList(response, JOBS),
  createSource,
}

const JOBS: ListFormat = {
  action: 'ListJobs',
  rows: 'Jobs',
  number: 'Id',
  vocabulary: { statuses: TAPE_STATUS, types: TAPE_TYPE },
  wordsOf: (row) => [String(int(row, 'State') ?? ''), text(row, 'Kind') ?? ''],
  toTask,
}

function createSource(options: SourceOptions): TaskSource {
  const page = listPages(options, JOBS)
  return {
    key: options.key,
    askableStatuses: ASKABLE_STATUSES,
    mostFindCalls: 1,
    isFindCertain: true,
    plan: (filter) => planTape(filter, options.ownerOf),
    before: () => null,
    page,
    // A job can be asked for by its number only together with its vault, which is the hint of its id.
    async find({ number, hint }, context) {
      const parameters = { JobId: number, Vault: hint?.[0] ?? '' }
      const { rows, cost } = await page({ parameters }, 0, MAX_LIMIT, context)
      return { task: rows.find((task) => task?.number === number) ?? null, cost }
    },
  }
}

function toTask(row: Row, source: SourceKey, number: bigint, words: TaskWords): TapeTask {
  const vault = text(row, 'Vault') ?? ''
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
