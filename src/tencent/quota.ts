import { UpstreamFailure } from '../failure'
import type { CallScope } from '../scope'
import { givenUp } from './exchange-failure'
import { createSendLog } from './send-log'

/** Lets calls out at the pace that the cloud accepts; one per account, product and region. */
export interface Quota {
  /**
   * Resolves when the call may be sent, which must then happen at once. First come, first served.
   * @returns to be called when the exchange has ended, however it ended
   * @throws UpstreamFailure UPSTREAM_THROTTLED at once where the wait would outlast `scope.deadlineMs`
   */
  acquire(scope: CallScope): Promise<() => void>
}

export interface QuotaOptions {
  readonly service: string
  readonly callsPerSecond: number
  /** Added to the cloud's second for what varies on the way there; 20 if absent. */
  readonly marginMs?: number
  readonly clock: { now(): number }
  readonly sleep: (delayMs: number) => Promise<void>
}

interface Waiter {
  go(answered: () => void): void
}

/**
 * The cloud counts a sliding second, so no token bucket, whose full bucket and refill together send nearly twice the
 * quota within one second: a call goes when the N-th last one was counted more than a second ago. That is when it was
 * sent, and once its answer is there, at the latest then: a new connection makes a call arrive later than the margin.
 */
export function createQuota(options: QuotaOptions): Quota {
  const { service, clock, sleep } = options
  const log = createSendLog(options.callsPerSecond, options.marginMs ?? 20)
  const queue: Waiter[] = []
  let pumping = false

  const pump = async (): Promise<void> => {
    pumping = true
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const delayMs = log.waitMs(0, clock.now())
      if (delayMs > 0) {
        await sleep(delayMs)
        continue
      }
      queue.shift()
      const move = log.add(clock.now())
      head.go(() => move(clock.now()))
    }
    pumping = false
  }

  const queued = ({ signal, meter }: CallScope): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const sinceMs = clock.now()
      const leave = (): void => {
        signal.removeEventListener('abort', abandon)
        meter.queuedMs += Math.max(0, clock.now() - sinceMs)
      }
      const waiter: Waiter = {
        go(answered) {
          leave()
          resolve(answered)
        },
      }
      const abandon = (): void => {
        queue.splice(queue.indexOf(waiter), 1)
        leave()
        reject(givenUp(service, signal))
      }
      signal.addEventListener('abort', abandon, { once: true })
      queue.push(waiter)
      if (!pumping) void pump()
    })

  return {
    async acquire(scope) {
      if (scope.signal.aborted) throw givenUp(service, scope.signal)
      const waitMs = log.waitMs(queue.length, clock.now())
      if (scope.deadlineMs !== undefined && clock.now() + waitMs > scope.deadlineMs)
        throw refused(service, waitMs)
      return queued(scope)
    },
  }
}

function refused(service: string, waitMs: number): UpstreamFailure {
  const message = `the queue for ${service} is ${waitMs} ms long, longer than the request's deadline`
  return new UpstreamFailure('UPSTREAM_THROTTLED', message, { retryable: true, retryAfterMs: waitMs })
}
