import type { SourcePage } from '../tasks/source'
import type { UpstreamAnswer } from '../tencent/client'

/** An answer that is served again is not parsed again, so that its unknown words are counted once. */
export function parseOnce(
  parse: (answer: UpstreamAnswer) => SourcePage,
): (answer: UpstreamAnswer) => SourcePage {
  const pages = new WeakMap<UpstreamAnswer, SourcePage>()
  return (answer) => {
    const page = pages.get(answer) ?? parse(answer)
    pages.set(answer, page)
    return page
  }
}
