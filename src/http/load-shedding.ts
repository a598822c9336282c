import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getHeapStatistics } from 'node:v8'
import type { EventLoopScheduler } from '../event-loop-scheduler'
import { answerOverloaded } from './errors'

export interface LoadSheddingOptions {
  readonly scheduler: EventLoopScheduler
  /** How long the oldest request may have been waiting to be started. */
  readonly maxWaitingMs: number
  /** Requests and WebSocket operations that may be in flight at once. A subscription is in flight until it has started. */
  readonly maxInFlight: number
  /** The mean delay of the event loop over a second, and the share of V8's heap, beyond which nothing is accepted. */
  readonly pressure: { readonly eventLoopDelayMs: number; readonly heapShare: number }
  /** Called for everything that is refused. */
  readonly refused: () => void
}

/** Decides over both transports whether there is room for one more. */
export interface LoadShedding {
  /** True if others have waited too long to be started, or the process is under pressure. */
  readonly isOverloaded: () => boolean
  /** Counts one more as in flight; false if there are too many. Each true needs one `leave`. */
  readonly enter: () => boolean
  readonly leave: () => void
}

/** under-pressure only measures here: its own check does not cover WebSockets, and refuses before its first sample. */
export function createLoadShedding(server: FastifyInstance, options: LoadSheddingOptions): LoadShedding {
  const { scheduler, maxWaitingMs, maxInFlight, pressure, refused } = options
  const maxHeapBytes = getHeapStatistics().heap_size_limit * pressure.heapShare
  let inFlight = 0
  void server.register(underPressure)
  const isUnderPressure = (): boolean => {
    const { eventLoopDelay, heapUsed } = server.memoryUsage()
    const isSlow = Number.isFinite(eventLoopDelay) && eventLoopDelay > pressure.eventLoopDelayMs
    return isSlow || heapUsed > maxHeapBytes
  }
  return {
    isOverloaded() {
      const isTooMuch = scheduler.waitingMs() > maxWaitingMs || isUnderPressure()
      if (isTooMuch) refused()
      return isTooMuch
    },
    enter() {
      const hasRoom = inFlight < maxInFlight
      if (hasRoom) inFlight += 1
      else refused()
      return hasRoom
    },
    leave: () => void (inFlight -= 1),
  }
}

/** A hook that refuses a request before anything of it is read. */
export function sheddingLoad({ isOverloaded, enter, leave }: LoadShedding) {
  return (_request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (isOverloaded() || !enter()) {
      void answerOverloaded(reply)
      return
    }
    reply.raw.once('close', leave)
    done()
  }
}
