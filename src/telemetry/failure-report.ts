import type { UpstreamFailure } from '../failure'
import type { Log } from './log'
import type { SourceLabels } from './source-labels'

export type FailureReport = (source: SourceLabels, failure: UpstreamFailure) => void

/** During an outage every request fails alike: one line a second says as much as all of them. */
const QUIET_MS = 1000
/** Upstream codes are the upstream's to choose. */
const REMEMBERED_FAILURES = 1000

/**
 * Logs how questions to a source failed, with the upstream's own text, which no caller is shown. Equal failures of one
 * source are one line a second, which counts those left out since the last.
 */
export function createFailureReport(log: Pick<Log, 'warn'>, now: () => number): FailureReport {
  const told = new Map<string, { atMs: number; leftOut: number }>()
  return (source, failure) => {
    const { code, upstreamCode, requestId } = failure
    const key = [source.provider, source.account, source.region, code, upstreamCode].join('\n')
    const last = told.get(key)
    if (last !== undefined && now() - last.atMs < QUIET_MS) {
      last.leftOut += 1
      return
    }
    if (told.size >= REMEMBERED_FAILURES) told.clear()
    told.set(key, { atMs: now(), leftOut: 0 })
    const leftOut = last?.leftOut ?? 0
    log.warn({ source, code, upstreamCode, requestId, leftOut, err: failure }, 'a source could not be asked')
  }
}
