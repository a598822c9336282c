import { UpstreamFailure } from '../failure'
import type { SourcePage } from '../tasks/source'
import type { UpstreamAnswer, UpstreamResponse } from '../upstream-call'
import type { TaskList } from './list-response'
import type { RowReport } from './provider'

const SILENT: RowReport = { unknownWord: () => undefined, rowLeftOut: () => undefined }

/**
 * Reads a page from an answer. A response that serves many callers is parsed once, and the oddities of one from a cache
 * are not reported again. The tasks are noted on the response: a WeakMap would hold them until the old generation is
 * collected.
 */
export function parseOnce(
  parse: (response: UpstreamResponse, report: RowReport) => TaskList,
  report: RowReport,
): (answer: UpstreamAnswer) => SourcePage {
  const listOf = (response: UpstreamResponse): TaskList => {
    if (response.parsed instanceof Parsed) return response.parsed.list
    const list = parse(response, response.isKept === true ? SILENT : report)
    response.parsed = new Parsed(list)
    return list
  }
  return ({ response, cost }) => {
    try {
      const { rows, total } = listOf(response)
      return { rows, total, askedAtMs: response.askedAtMs, cost }
    } catch (error) {
      throw error instanceof UpstreamFailure ? error.with({ cost }) : error
    }
  }
}

class Parsed {
  constructor(readonly list: TaskList) {}
}
