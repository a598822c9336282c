import type { UpstreamFailure } from '../failure'
import { ThrottledLog } from '../lib/throttled-log'
import type { Log } from './log'
import type { SourceLabels } from './source-labels'

export type FailureReport = (source: SourceLabels, failure: UpstreamFailure) => void

/** Logs how requests to a source failed, with the upstream's own text, which no caller is shown. */
export function createFailureReport(log: Pick<Log, 'warn'>, now: () => number): FailureReport {
  // During an outage every request fails alike.
  const throttled = new ThrottledLog(now)
  return (source, failure) => {
    const { code, upstreamCode, requestId } = failure
    const key = [source.provider, source.account, source.region, code, upstreamCode].join('\n')
    throttled.log(key, (leftOut) =>
      log.warn(
        { source, code, upstreamCode, requestId, leftOut, err: failure },
        'a source could not be asked',
      ),
    )
  }
}
