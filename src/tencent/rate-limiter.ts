import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import { createAdaptiveRate } from './adaptive-rate'
import { abortError } from './transport-errors'
import { createSlidingWindowLog, UNDER_WAY_MS, type SlidingWindowLog } from './sliding-window-log'

/** Lets calls out at the pace that the cloud accepts; one per account, product and region. */
export interface RateLimiter {
  /**
   * Resolves when the call may be sent, which must then happen at once. First come, first served, and whoever waits
   * before what polls in the background; a poll that somebody joins keeps its place among those who wait.
   * @throws UpstreamFailure UPSTREAM_THROTTLED at once where the wait would outlast `scope.deadlineMs`
   */
  acquire(scope: CallContext): Promise<Slot>
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

export interface RateLimiterOptions {
  readonly service: string
  readonly callsPerSecond: number
  /** Added to the cloud's second for what varies on the way there; 20 if absent. */
  readonly marginMs?: number
  /** Where calls are counted, `size` of them in `windowMs`; in this process if absent. */
  readonly sendLog?: (size: number, windowMs: number) => SlidingWindowLog
  readonly clock: { now(): number }
  readonly sleep: (delayMs: number) => Promise<void>
  /** Told how many calls wait, whenever that changes. */
  readonly onQueueLength?: (calls: number) => void
}

const LOOK_AGAIN_MS = 50

interface Waiter {
  readonly scope: CallContext
  go(slot: Slot): void
  fail(reason: UpstreamFailure): void
}

/**
 * The cloud counts a sliding second, so no token bucket, whose full bucket and refill together send nearly twice the
 * quota within one second: a call goes when the N-th last one was counted more than a second ago.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { service, callsPerSecond, clock, sleep } = options
  const size = Math.max(1, Math.floor(callsPerSecond))
  // A share of less than one call a second makes the window longer instead.
  const windowMs = Math.ceil(1000 * Math.max(1, 1 / callsPerSecond)) + (options.marginMs ?? 20)
  const log = (options.sendLog ?? createSlidingWindowLog)(size, windowMs)
  const rate = createAdaptiveRate(size, clock)
  const queue: Waiter[] = []
  let pumping = false

  /** How long the call will have to wait, about, that has these before it. */
  const waitMs = (before: readonly Waiter[], { background }: CallContext): number => {
    const ahead = background === true ? before : before.filter(isUrgent)
    return Math.ceil(log.waitMs(ahead.length, rate.current(), clock.now()))
  }

  const pump = async (): Promise<void> => {
    pumping = true
    while (queue.length > 0) {
      const taken = await log.take(rate.current(), clock.now())
      if ('waitMs' in taken) {
        const delayMs = taken.waitMs
        // Answers that come meanwhile make the wait shorter, by that much at most.
        await sleep(Math.max(delayMs - UNDER_WAY_MS, Math.min(delayMs, LOOK_AGAIN_MS)))
        continue
      }
      const head = takeNext(queue)
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

  const queued = (scope: CallContext): Promise<Slot> =>
    new Promise((resolve, reject) => {
      const { signal, meter } = scope
      const sinceMs = clock.now()
      const leave = (): void => {
        signal.removeEventListener('abort', abandon)
        if (scope.place) scope.place.leftMs = null
        meter.queuedMs += Math.max(0, clock.now() - sinceMs)
        options.onQueueLength?.(queue.length)
      }
      const waiter: Waiter = {
        scope,
        go(slot) {
          leave()
          resolve(slot)
        },
        fail(reason) {
          leave()
          reject(reason)
        },
      }
      const leftMs = (): number => waitMs(queue.slice(0, queue.indexOf(waiter)), scope)
      const abandon = (): void => {
        const failure = abortError(service, signal, leftMs())
        queue.splice(queue.indexOf(waiter), 1)
        waiter.fail(failure)
      }
      if (scope.place) scope.place.leftMs = leftMs
      signal.addEventListener('abort', abandon, { once: true })
      queue.push(waiter)
      options.onQueueLength?.(queue.length)
      if (!pumping) void pump()
    })

  return {
    async acquire(scope) {
      if (scope.signal.aborted) throw abortError(service, scope.signal)
      const leftMs = (scope.deadlineMs ?? Infinity) - clock.now()
      if (leftMs < 0) throw outOfTime(service)
      const ownMs = waitMs(queue, scope)
      if (ownMs > leftMs) throw refused(service, ownMs, leftMs)
      return queued(scope)
    },
    throttled: () => rate.throttled(),
    refuseAll(reason) {
      for (const waiter of queue.splice(0)) waiter.fail(reason())
    },
  }
}

/** Asked when the next call is chosen: a call in the queue may be joined by somebody who waits. */
function isUrgent({ scope }: Waiter): boolean {
  return scope.background !== true
}

/** Undefined where nobody waits. */
function takeNext(queue: Waiter[]): Waiter | undefined {
  const urgent = queue.findIndex(isUrgent)
  return queue.splice(Math.max(0, urgent), 1)[0]
}

function refused(service: string, waitMs: number, leftMs: number): UpstreamFailure {
  const message = `the queue for ${service} is ${waitMs} ms long, and the request has only ${leftMs} ms left`
  return new UpstreamFailure('UPSTREAM_THROTTLED', message, { retryable: true, retryAfterMs: waitMs })
}

/** Late by itself, not for the queue: the signal has not told yet. */
function outOfTime(service: string): UpstreamFailure {
  const message = `the request's deadline passed before ${service} could be asked`
  return new UpstreamFailure('UPSTREAM_TIMEOUT', message, { retryable: true })
}
