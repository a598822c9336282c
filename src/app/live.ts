import { createLive, type ClosableLive } from '../live/create-live'
import type { TaskService } from '../tasks/service'
import { afterTimer } from '../time-limit'
import type { AppTools } from './core'

/** Live changes on the clock of this process, counted. */
export function createLiveChanges(
  core: TaskService,
  { clock, metrics }: Pick<AppTools, 'clock' | 'metrics'>,
  reportUnexpected: (error: unknown) => void,
): ClosableLive {
  return createLive({
    core,
    clock,
    later: afterTimer,
    observe: {
      round(source, { failure, lagMs }) {
        metrics.live.round(source, failure === null ? 'ok' : failure.code, lagMs)
      },
      event: (source, kind) => metrics.live.event(source, kind),
      subscriptions: (kind, now) => metrics.live.subscriptions(kind, now),
      unexpected: reportUnexpected,
    },
  })
}
