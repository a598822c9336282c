import type { SourcePage } from '../tasks/source'
import type { UpstreamAnswer } from '../tencent/client'
import type { RowReport } from './provider'

const SILENT: RowReport = { unknownWord: () => undefined, rowLeftOut: () => undefined }

/** An answer that is served again and again is parsed once, and of one that was kept nothing is told a second time. */
export function parseOnce(
  parse: (answer: UpstreamAnswer, report: RowReport) => SourcePage,
  report: RowReport,
): (answer: UpstreamAnswer) => SourcePage {
  const pages = new WeakMap<UpstreamAnswer, SourcePage>()
  return (answer) => {
    const page = pages.get(answer) ?? parse(answer, answer.isKept === true ? SILENT : report)
    pages.set(answer, page)
    return page
  }
}
