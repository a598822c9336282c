import type { CallContext } from '../call-context'
import { NO_COST } from '../call-cost'
import { UpstreamFailure } from '../failure'
import type { Guard, Slot } from '../upstream-call'
import { FairQueue, RecentCalls } from './fair-queue'
import { createSlidingWindowLog, UNDER_WAY_MS, type SlidingWindowLog, type Taken } from './sliding-window-log'
import { abortError } from './transport-errors'

/** Lets calls out at the pace that the cloud accepts; one per account, product and region. */
export interface RateLimiter {
  /** Calls a second that may go at present. */
  readonly rate: number
  /**
   * A slot at once where the call need not wait, else a promise of one; the call must then be sent at once. Callers take
   * turns, and one that has had much of the last second leaves a part of this one to others. Rejects with UPSTREAM_THROTTLED at once where the wait would outlast the deadline.
   */
  acquire(context: CallContext): Slot | Promise<Slot>
  /** How long the call will still be queued, about, in milliseconds; null where it is not in the queue. */
  queuedMs(context: CallContext): number | null
  /** The cloud refused a call for its pace, so somebody else uses the account too. */
  throttled(): void
  /** Ends every wait. */
  refuseAll(reason: () => UpstreamFailure): void
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
  /** Called with the number of queued calls whenever that changes. */
  readonly onQueueLength?: (calls: number) => void
  /** Called for every attempt with its time in the queue, and with the calls a second that may go at present. */
  readonly onQuota?: (queuedMs: number, rate: number) => void
}

const LOOK_AGAIN_MS = 50

interface Waiter {
  readonly context: CallContext
  go(slot: Slot): void
  fail(reason: UpstreamFailure): void
}

/** Lets an attempt pass when its turn has come. */
export function rateLimit(limiter: RateLimiter, { clock, onQuota }: RateLimiterOptions): Guard {
  return (next) => (request, context) => {
    const slot = limiter.acquire(context)
    if (!(slot instanceof Promise)) {
      onQuota?.(0, limiter.rate)
      return next({ ...request, slot }, context).catch(throttle)
    }
    const sinceMs = clock.now()
    const waitedMs = (): number => Math.max(0, clock.now() - sinceMs)
    return slot.then(
      (granted) => {
        const queuedMs = waitedMs()
        onQuota?.(queuedMs, limiter.rate)
        return next({ ...request, slot: granted, queuedMs }, context).catch(throttle)
      },
      (error: unknown) => {
        if (!(error instanceof UpstreamFailure)) throw error
        throw error.with({ cost: { ...NO_COST, queuedMs: waitedMs() } })
      },
    )
  }

  function throttle(error: unknown): never {
    if (error instanceof UpstreamFailure && error.code === 'UPSTREAM_THROTTLED') limiter.throttled()
    throw error
  }
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
  const rate = new AdaptiveRate(size, clock)
  const recent = new RecentCalls(size, windowMs)
  const queue = new FairQueue<Waiter>(recent)
  let pumping = false
  let wake: () => void = () => undefined
  /** How many calls those must spare that the pump waits for. */
  let spared = 0

  const rateFor = (payer: string): number => Math.max(1, rate.current() - recent.sparedBy(payer, clock.now()))

  const take = (payer: string): Taken | Promise<Taken> => {
    spared = recent.sparedBy(payer, clock.now())
    return log.take(rateFor(payer), clock.now())
  }

  const takeNext = (): Taken | Promise<Taken> => take(queue.next(clock.now())?.payer ?? '')

  /** How long the call will have to wait, about. */
  const waitMs = (context: CallContext, own?: Waiter): number => {
    const ahead = queue.length === 0 ? 0 : queue.ahead(context, own)
    return Math.ceil(log.waitMs(ahead, rateFor(context.payer ?? ''), clock.now()))
  }

  /** Ends early where a caller comes that need not spare as much. */
  const pause = (delayMs: number): Promise<void> =>
    Promise.race([sleep(delayMs), new Promise<void>((resolve) => (wake = resolve))])

  /** @param first what the log answers to the first of the queue */
  const pump = async (first: Promise<Taken>): Promise<void> => {
    pumping = true
    for (let taken: Taken | Promise<Taken> = first; ; taken = takeNext()) {
      const answer = await taken
      if ('waitMs' in answer) {
        // Answers that come meanwhile make the wait shorter, by that much at most.
        await pause(Math.max(answer.waitMs - UNDER_WAY_MS, Math.min(answer.waitMs, LOOK_AGAIN_MS)))
      } else {
        const next = queue.next(clock.now())
        // All may have left while the log was asked.
        if (next === null) answer.ended(clock.now())
        else {
          queue.takeTurn(next.payer, clock.now())
          queue.remove(next.call)
          next.call.go(answer)
        }
      }
      if (queue.length === 0) break
    }
    pumping = false
  }

  const enqueue = (context: CallContext): Promise<Slot> =>
    new Promise((resolve, reject) => {
      const { signal } = context
      const leave = (): void => {
        signal.removeEventListener('abort', abandon)
        options.onQueueLength?.(queue.length)
      }
      const waiter: Waiter = {
        context,
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
        const failure = abortError(service, signal, waitMs(context, waiter))
        queue.remove(waiter)
        waiter.fail(failure)
      }
      signal.addEventListener('abort', abandon, { once: true })
      queue.push(waiter)
      options.onQueueLength?.(queue.length)
      if (recent.sparedBy(context.payer ?? '', clock.now()) < spared) wake()
    })

  return {
    get rate() {
      return rate.current()
    },
    acquire(context) {
      if (context.signal.aborted) return Promise.reject(abortError(service, context.signal))
      const ownMs = waitMs(context)
      const leftMs = (context.deadlineMs ?? Infinity) - clock.now()
      if (ownMs > 0 && ownMs > leftMs) return Promise.reject(refused(service, ownMs, leftMs))
      if (pumping) return enqueue(context)
      const payer = context.payer ?? ''
      const taken = take(payer)
      if (!(taken instanceof Promise) && !('waitMs' in taken)) {
        queue.takeTurn(payer, clock.now())
        return taken
      }
      const slot = enqueue(context)
      // A wait is asked for again, when the calls that were let out just now have been written.
      void pump(taken instanceof Promise ? taken : Promise.resolve().then(takeNext))
      return slot
    },
    queuedMs(context) {
      const waiter = queue.find(context)
      return waiter === undefined ? null : waitMs(context, waiter)
    },
    throttled: () => rate.throttled(),
    refuseAll(reason) {
      for (const waiter of queue.removeAll()) waiter.fail(reason())
    },
  }
}

function refused(service: string, waitMs: number, leftMs: number): UpstreamFailure {
  const message = `the queue for ${service} is ${waitMs} ms long, and the request has only ${Math.max(0, leftMs)} ms left`
  return new UpstreamFailure('UPSTREAM_THROTTLED', message, { retryable: true, retryAfterMs: waitMs })
}

const LOWERED_TO = 0.7
/** Calls that were under way when the rate was lowered tell nothing new. */
const SAME_NEWS_MS = 1000
const STEP_MS = 1000
const STEP_PART = 0.05

/**
 * How many calls a second may go: the quota, or less while somebody else uses it too. Falls by three tenths at a refusal,
 * and rises by a twentieth of the quota in every second without one.
 */
class AdaptiveRate {
  private lowered: number
  private sinceMs = -Infinity

  constructor(
    private readonly quota: number,
    private readonly clock: { now(): number },
  ) {
    this.lowered = quota
  }

  /** Whole calls, at least one. */
  current(): number {
    const step = Math.max(1, Math.floor(this.quota * STEP_PART))
    return Math.min(this.quota, this.lowered + step * Math.floor(this.elapsedMs() / STEP_MS))
  }

  /** The cloud has refused a call for its pace. */
  throttled(): void {
    if (this.elapsedMs() < SAME_NEWS_MS) return
    this.lowered = Math.max(1, Math.floor(this.current() * LOWERED_TO))
    this.sinceMs = this.clock.now()
  }

  private elapsedMs(): number {
    const nowMs = this.clock.now()
    // A clock that was set back must not keep the rate low for as long.
    this.sinceMs = Math.min(this.sinceMs, nowMs)
    return nowMs - this.sinceMs
  }
}
