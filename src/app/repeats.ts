import type { Config } from '../config'
import type { Admission } from '../graphql/limits/admission'
import type { ReportRequest } from '../graphql/measure'
import type { KeptAnswer, NotKept, RepeatOptions } from '../http/repeats'
import type { AppTools } from './core'
import { watchedStore } from './caching'

const ANSWERS = { maxEntries: 2000, maxBytes: 16 * 2 ** 20 }

/** How whole answers are given again; null where nothing is served again. */
export function createRepeats(
  { upstream }: Config,
  { clock: { now }, metrics }: AppTools,
  { readmit }: Admission,
  reportRequest: ReportRequest,
): RepeatOptions | null {
  if (upstream.cacheTtlMs === 0) return null
  return {
    store: watchedStore<KeptAnswer | NotKept>('whole_answers', { ...ANSWERS, now }, metrics.cache),
    maxAgeMs: upstream.cacheTtlMs,
    now,
    readmit,
    report({ name }, durationMs, context) {
      const answered = {
        transport: 'http',
        kind: 'query',
        name,
        outcome: 'ok',
        codes: [],
        durationMs,
        events: null,
      } as const
      reportRequest(answered, context)
    },
  }
}
