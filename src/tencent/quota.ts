import { UpstreamFailure } from '../failure'
import type { CallScope } from '../scope'
import { createAdaptiveRate } from './adaptive-rate'
import { errorText } from './error-text'
import { givenUp } from './exchange-failure'
import { createSendLog, UNDER_WAY_MS, type SendLog } from './send-log'

/** Lets calls out at the pace that the cloud accepts; one per account, product and region. */
export interface Quota {
  /**
   * Resolves when the call may be sent, which must then happen at once. First come, first served, and whoever waits
   * before what polls in the background.
   * @throws UpstreamFailure UPSTREAM_THROTTLED at once where the wait would outlast `scope.deadlineMs`
   */
  acquire(scope: CallScope): Promise<Slot>
  /** The cloud refused a call for its pace, so somebody else uses the account too. */
  throttled(): void
  /** Ends every wait. */
  refuseAll(reason: () => UpstreamFailure): void
}

/** Leave to send one call; must hear of its end. */
export interface Slot {
  /** Calls a second that may go at present. */
  readonly rate: number
  /** The call has got a connection and goes out now. */
  written(): void
  ended(): void
}

export interface QuotaOptions {
  readonly service: string
  readonly callsPerSecond: number
  /** Added to the cloud's second for what varies on the way there; 20 if absent. */
  readonly marginMs?: number
  /** Where calls are counted, `size` of them in `windowMs`; in this process if absent. */
  readonly sendLog?: (size: number, windowMs: number) => SendLog
  readonly clock: { now(): number }
  readonly sleep: (delayMs: number) => Promise<void>
}

const LOOK_AGAIN_MS = 50

interface Waiter {
  go(slot: Slot): void
  fail(reason: UpstreamFailure): void
}

/**
 * The cloud counts a sliding second, so no token bucket, whose full bucket and refill together send nearly twice the
 * quota within one second: a call goes when the N-th last one was counted more than a second ago.
 */
export function createQuota(options: QuotaOptions): Quota {
  const { service, callsPerSecond, clock, sleep } = options
  const size = Math.max(1, Math.floor(callsPerSecond))
  // A share of less than one call a second makes the window longer instead.
  const windowMs = Math.ceil(1000 * Math.max(1, 1 / callsPerSecond)) + (options.marginMs ?? 20)
  const log = (options.sendLog ?? createSendLog)(size, windowMs)
  const rate = createAdaptiveRate(size, clock)
  const urgent: Waiter[] = []
  const patient: Waiter[] = []
  let pumping = false

  const waitMs = (ahead: number): number => log.waitMs(ahead, rate.current(), clock.now())

  const pump = async (): Promise<void> => {
    pumping = true
    while (urgent.length + patient.length > 0) {
      const taken = await log.take(rate.current(), clock.now())
      if ('waitMs' in taken) {
        const delayMs = taken.waitMs
        // Answers that come meanwhile make the wait shorter, by that much at most.
        await sleep(Math.max(delayMs - UNDER_WAY_MS, Math.min(delayMs, LOOK_AGAIN_MS)))
        continue
      }
      const head = urgent.shift() ?? patient.shift()
      // All may have left while the log was asked.
      if (head === undefined) taken.ended(clock.now())
      head?.go({
        rate: rate.current(),
        written: () => taken.written(clock.now()),
        ended: () => taken.ended(clock.now()),
      })
    }
    pumping = false
  }

  const queued = ({ signal, meter }: CallScope, queue: Waiter[]): Promise<Slot> =>
    new Promise((resolve, reject) => {
      const sinceMs = clock.now()
      const leave = (): void => {
        signal.removeEventListener('abort', abandon)
        meter.queuedMs += Math.max(0, clock.now() - sinceMs)
      }
      const waiter: Waiter = {
        go(slot) {
          leave()
          resolve(slot)
        },
        fail(reason) {
          leave()
          reject(reason)
        },
      }
      const abandon = (): void => {
        const place = queue.indexOf(waiter)
        queue.splice(place, 1)
        waiter.fail(isLate(signal) ? refused(service, waitMs(place)) : givenUp(service, signal))
      }
      signal.addEventListener('abort', abandon, { once: true })
      queue.push(waiter)
      if (!pumping) void pump()
    })

  return {
    async acquire(scope) {
      if (scope.signal.aborted) throw givenUp(service, scope.signal)
      const isBackground = scope.background === true
      const ownMs = waitMs(urgent.length + (isBackground ? patient.length : 0))
      if (scope.deadlineMs !== undefined && clock.now() + ownMs > scope.deadlineMs)
        throw refused(service, ownMs)
      return queued(scope, isBackground ? patient : urgent)
    },
    throttled: () => rate.throttled(),
    refuseAll(reason) {
      for (const waiter of [...urgent.splice(0), ...patient.splice(0)]) waiter.fail(reason())
    },
  }
}

/** The request's deadline has passed, in contrast to a caller that went away. */
function isLate(signal: AbortSignal): boolean {
  return errorText(signal.reason, 'name') === 'TimeoutError'
}

function refused(service: string, waitMs: number): UpstreamFailure {
  const message = `the queue for ${service} is ${waitMs} ms long, longer than the request's deadline`
  return new UpstreamFailure('UPSTREAM_THROTTLED', message, { retryable: true, retryAfterMs: waitMs })
}
