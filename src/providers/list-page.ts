import type { CallContext } from '../call-context'
import { UpstreamFailure } from '../failure'
import { isRecord } from '../lib/is-record'
import type { SourcePage, SourcePlan } from '../tasks/source'
import { FINISHED, type SourceKey, type Task } from '../tasks/task'
import { stringifyJson } from '../tencent/json'
import { unreadableShape } from '../tencent/time'
import type { UpstreamResponse } from '../upstream-call'
import type { RowReport, SourceOptions } from './provider'
import { readWords, taskNumber, wholeNumber, type Row, type TaskWords, type Vocabulary } from './row'

/** How an upstream's action lists tasks. */
export interface ListFormat {
  readonly action: string
  /** The field of an answer that holds its tasks. */
  readonly rows: string
  /** The field of a row that holds the task's number. */
  readonly number: string
  readonly vocabulary: Vocabulary
  /** The raw words of a row for the status and the type. */
  readonly wordsOf: (row: Row) => readonly [status: string, type: string]
  /** The fields of a row that hold when the task started and ended. */
  readonly times?: readonly [start: string, end: string]
  readonly toTask: (row: Row, source: SourceKey, number: bigint, words: TaskWords) => Task
  /** True where what the hint of an id holds may become known, or change, later. */
  readonly hintsChange?: boolean
  /** Parameters that name one thing: if the cloud does not know it (any more), it has no tasks, which is no failure. */
  readonly named?: readonly string[]
}

/** Asks for a page of an upstream list. Rejects with UpstreamFailure. */
export type ListPage = (
  list: Pick<SourcePlan, 'parameters'>,
  offset: number,
  limit: number,
  context: CallContext,
) => Promise<SourcePage>

/** The tasks of one response, one for each upstream row, and how many rows the list has. */
type TaskList = Pick<SourcePage, 'rows' | 'total'>

const SILENT: RowReport = { unknownWord: () => undefined, rowLeftOut: () => undefined }

/**
 * Reads the pages of a source's lists. A response that serves many callers is parsed once, and the oddities of one from
 * a cache are not reported again.
 */
export function listPages(options: SourceOptions, format: ListFormat): ListPage {
  const { call, now } = options
  return async ({ parameters }, offset, limit, context) => {
    const body = stringifyJson({ ...parameters, Offset: offset, Limit: limit })
    try {
      const { response, cost } = await call({ action: format.action, body }, context)
      try {
        const list = parsed(response, format, options)
        const { rows, total } = list instanceof Promise ? await list : list
        return { rows, total, askedAtMs: response.askedAtMs, cost }
      } catch (error) {
        throw error instanceof UpstreamFailure ? error.with({ cost }) : error
      }
    } catch (error) {
      if (!(error instanceof UpstreamFailure && error.isMissing)) throw error
      if (format.named?.some((name) => parameters[name] !== undefined) !== true) throw error
      const askedAtMs = now()
      return { rows: [], total: 0, askedAtMs, cost: { ...error.cost, oldestMs: askedAtMs } }
    }
  }
}

/** True for a response that a page can be read from. */
export function isList(response: UpstreamResponse, format: ListFormat): boolean {
  return typeof readList(response, format) !== 'string'
}

/** The tasks are noted on the response: a WeakMap would hold them until the old generation is collected. */
function parsed(
  response: UpstreamResponse,
  format: ListFormat,
  { key, report, memory }: SourceOptions,
): TaskList | Promise<TaskList> {
  if (response.parsed instanceof Parsed) return response.parsed.list
  const list = parseList(response, format, key, response.isKept === true ? SILENT : report)
  memory?.see(list.rows, response.askedAtMs)
  const rows = (format.hintsChange === true && memory?.ids.recall(list.rows)) || list.rows
  const named = rows instanceof Promise ? rows.then((known) => ({ ...list, rows: known })) : { ...list, rows }
  response.parsed = new Parsed(named)
  return named
}

class Parsed {
  constructor(readonly list: TaskList | Promise<TaskList>) {}
}

/**
 * Opens a list: `TotalCount` and the rows.
 * @throws UpstreamFailure where the answer has another shape
 */
export function parseList(
  response: UpstreamResponse,
  format: ListFormat,
  key: SourceKey,
  report: RowReport,
): TaskList {
  const list = readList(response, format)
  if (typeof list === 'string') {
    const message = `the upstream's answer has the wrong shape: ${list}`
    const { requestId } = response
    throw new UpstreamFailure('UPSTREAM_INVALID_RESPONSE', message, { retryable: false, requestId })
  }
  const askedSecond = response.askedAtMs / 1000
  return { rows: list.rows.map((row) => parseRow(row, format, key, report, askedSecond)), total: list.total }
}

/** Null for a row that cannot be served. */
function parseRow(
  row: Row | null,
  format: ListFormat,
  source: SourceKey,
  report: RowReport,
  askedSecond: number,
): Task | null {
  const number = row && taskNumber(row, format.number)
  if (row === null || number === null) {
    report.rowLeftOut(source)
    return null
  }
  const [rawStatus, rawType] = format.wordsOf(row)
  const words = readWords(format.vocabulary, rawStatus, rawType, (kind, word) =>
    report.unknownWord(source, kind, word),
  )
  const task = format.toTask(row, source, number, words)
  const tellUnreadable = (value: unknown): void => {
    const shape = unreadableShape(value)
    if (shape !== null) report.unknownWord(source, 'time', shape)
  }
  const [start = '', end = ''] = format.times ?? []
  if (task.startSecond === null) tellUnreadable(row[start])
  if (task.endSecond === null) tellUnreadable(row[end])
  return withCertainEnd(task, askedSecond)
}

/** An end is believed only with a status that is final, or with one that is not known and only in the past. */
function withCertainEnd(task: Task, askedSecond: number): Task {
  const { endSecond, status } = task
  const isCertain =
    endSecond === null || FINISHED.has(status) || (status === 'UNKNOWN' && endSecond <= askedSecond)
  return isCertain ? task : { ...task, endSecond: null }
}

/** A count beyond it is as wrong as it is: no list is that long. */
const MOST_ROWS = 2 ** 40

/** A text is what is wrong. */
function readList(
  { fields }: UpstreamResponse,
  { rows }: ListFormat,
): { readonly rows: readonly (Row | null)[]; readonly total: number } | string {
  const count = wholeNumber(fields['TotalCount'])
  const total = typeof count === 'bigint' && count > 0n ? MOST_ROWS : count
  const list = fields[rows] ?? (total === 0 ? [] : null)
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    return 'TotalCount is not a whole number'
  if (!Array.isArray(list)) return `${rows} is not a list`
  return list.every((row) => row === null || isRecord(row))
    ? { rows: list, total: Math.min(total, MOST_ROWS) }
    : `${rows} holds something that is not a task`
}
