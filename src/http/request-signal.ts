import type { ServerResponse } from 'node:http'

/**
 * Aborts at the deadline, with a TimeoutError, or when the connection closes before the answer was sent.
 * A timer of our own: on Node 20 an `AbortSignal.any` over `AbortSignal.timeout` loses its timer to the collector.
 */
export function requestSignal(response: ServerResponse, deadlineMs: number): AbortSignal {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(new DOMException('the deadline of the request has passed', 'TimeoutError'))
  }, deadlineMs)
  response.once('close', () => {
    clearTimeout(timer)
    if (!response.writableFinished) controller.abort()
  })
  return controller.signal
}
