import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getHeapStatistics } from 'node:v8'
import type { Turns } from '../event-loop-scheduler'
import { answerOverloaded } from './errors'

export interface OverloadOptions {
  /** For how long a request may have been waiting that was not begun yet. */
  readonly maxWaitingMs: number
  /** Requests that may be under way at once. */
  readonly maxInFlight: number
  /** The mean delay of the event loop over a second, and the part of V8's heap, beyond which nothing is taken on. */
  readonly pressure: { readonly eventLoopDelayMs: number; readonly heapShare: number }
  /** Told of every request that is refused. */
  readonly refused: () => void
}

const RETRY_AFTER_MS = 1000

/** Refuses requests to the routes of this part of the server, before anything of them is read, when there is too much to do. */
export async function refuseOverload(
  part: FastifyInstance,
  { maxWaitingMs, maxInFlight, pressure, refused }: OverloadOptions,
  turns: Turns,
): Promise<void> {
  let inFlight = 0
  const refuse = (reply: FastifyReply): FastifyReply => {
    refused()
    return answerOverloaded(reply, RETRY_AFTER_MS)
  }
  part.addHook('onRequest', (_request: FastifyRequest, reply, done) => {
    if (inFlight >= maxInFlight || turns.waitingMs() > maxWaitingMs) {
      void refuse(reply)
      return
    }
    inFlight += 1
    reply.raw.once('close', () => (inFlight -= 1))
    done()
  })
  await part.register(underPressure, {
    maxEventLoopDelay: pressure.eventLoopDelayMs,
    maxHeapUsedBytes: getHeapStatistics().heap_size_limit * pressure.heapShare,
    // Without a single sample, which it calls infinite, nothing is known.
    pressureHandler: (_request, reply, _type, value) => (value === Infinity ? undefined : void refuse(reply)),
  })
}
