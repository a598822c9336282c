import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getHeapStatistics } from 'node:v8'
import type { EventLoopScheduler } from '../event-loop-scheduler'
import { payerOf } from '../graphql/context'
import { sessionOf, type AddressOf } from './request'
import type { Limit, ReportLimit } from '../graphql/refusal'
import { answerOverloaded } from './errors'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null before the caller is authenticated. */
    taken: Taken | null
  }
}

export interface LoadSheddingOptions {
  readonly scheduler: EventLoopScheduler
  /** How long the oldest request may have been waiting to be started. */
  readonly maxWaitingMs: number
  /** Requests and WebSocket operations that may be in flight at once. A subscription is in flight until it has started. */
  readonly maxInFlight: number
  /** The part of `maxInFlight` that one caller may hold. */
  readonly callerShare: number
  /** The mean delay of the event loop over a second, and the share of V8's heap, beyond which nothing is accepted. */
  readonly pressure: { readonly eventLoopDelayMs: number; readonly heapShare: number }
  /** Called for everything that is refused. */
  readonly refused: ReportLimit
}

/** Decides over both transports whether there is room for one more. */
export interface LoadShedding {
  /** True if others have waited too long to be started, or the process is under pressure. */
  readonly isOverloaded: () => boolean
  /** Requests whose bodies have not arrived yet; as many as may be in flight. */
  readonly arriving: CallerSlots
  readonly inFlight: CallerSlots
}

/** A number of slots, of which one caller may hold a part. */
export class CallerSlots {
  private total = 0
  private readonly held = new Map<string, number>()
  private readonly maxOfOne: number

  constructor(
    private readonly max: number,
    share: number,
    private readonly refused: ReportLimit,
    /** What is exceeded where no slot is left for anybody. */
    private readonly limit: Limit,
  ) {
    this.maxOfOne = Math.ceil(max * share)
  }

  get isFull(): boolean {
    return this.total >= this.max
  }

  /** Takes a slot; false if there is none for this caller. Each true needs one `leave`. */
  enter(caller: string): boolean {
    const own = this.held.get(caller) ?? 0
    if (this.isFull || own >= this.maxOfOne) {
      this.refused(this.isFull ? this.limit : 'caller_share')
      return false
    }
    this.total += 1
    this.held.set(caller, own + 1)
    return true
  }

  leave(caller: string): void {
    const own = this.held.get(caller) ?? 0
    this.total -= 1
    if (own > 1) this.held.set(caller, own - 1)
    else this.held.delete(caller)
  }
}

/** under-pressure only measures here: its own check does not cover WebSockets, and refuses before its first sample. */
export function createLoadShedding(server: FastifyInstance, options: LoadSheddingOptions): LoadShedding {
  const { scheduler, maxWaitingMs, maxInFlight, callerShare, pressure, refused } = options
  const maxHeapBytes = getHeapStatistics().heap_size_limit * pressure.heapShare
  void server.register(underPressure)
  const isUnderPressure = (): boolean => {
    const { eventLoopDelay, heapUsed } = server.memoryUsage()
    const isSlow = Number.isFinite(eventLoopDelay) && eventLoopDelay > pressure.eventLoopDelayMs
    return isSlow || heapUsed > maxHeapBytes
  }
  return {
    isOverloaded() {
      const limit = scheduler.waitingMs() > maxWaitingMs ? 'waiting' : isUnderPressure() ? 'pressure' : null
      if (limit !== null) refused(limit)
      return limit !== null
    },
    arriving: new CallerSlots(maxInFlight, callerShare, refused, 'in_flight'),
    inFlight: new CallerSlots(maxInFlight, callerShare, refused, 'in_flight'),
  }
}

/** A hook that refuses a request before anything of it is read. */
export function sheddingLoad({ isOverloaded }: LoadShedding) {
  return (_request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (isOverloaded()) void answerOverloaded(reply)
    else done()
  }
}

/** What a request takes up at the moment; none if it was refused, or has left. */
interface Taken {
  slots: CallerSlots | null
  readonly caller: string
}

/**
 * Hooks that count the requests of an authenticated caller: one that is still being sent takes none of the room of those
 * that have arrived.
 */
export function countingRequests({ arriving, inFlight }: LoadShedding, addressOf: AddressOf) {
  return {
    onRequest: (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const caller = payerOf(sessionOf(request).caller, addressOf(request.raw))
      if (!arriving.enter(caller)) {
        void answerOverloaded(reply)
        return
      }
      const own: Taken = { slots: arriving, caller }
      request.taken = own
      reply.raw.once('close', () => {
        own.slots?.leave(caller)
        own.slots = null
      })
      done()
    },
    preHandler: (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const own = request.taken
      // Its connection may have closed while its body was parsed.
      if (own === null || own.slots === null) {
        done()
        return
      }
      arriving.leave(own.caller)
      own.slots = inFlight.enter(own.caller) ? inFlight : null
      if (own.slots === null) void answerOverloaded(reply)
      else done()
    },
  }
}
