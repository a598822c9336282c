import type { SourcePage } from '../tasks/source'
import type { UpstreamAnswer } from '../tencent/client'
import type { RowReport } from './provider'

const SILENT: RowReport = { unknownWord: () => undefined, rowLeftOut: () => undefined }

/**
 * An answer that is served again and again is parsed once, and of one that was kept nothing is told a second time. The
 * page is noted on the answer: a WeakMap would hold it until the old generation is collected.
 */
export function parseOnce(
  parse: (answer: UpstreamAnswer, report: RowReport) => SourcePage,
  report: RowReport,
): (answer: UpstreamAnswer) => SourcePage {
  return (answer) => {
    if (answer.made instanceof Parsed) return answer.made.page
    const page = parse(answer, answer.isKept === true ? SILENT : report)
    answer.made = new Parsed(page)
    return page
  }
}

class Parsed {
  constructor(readonly page: SourcePage) {}
}
