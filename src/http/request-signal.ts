import type { ServerResponse } from 'node:http'
import { afterTimer, deadlinePassed } from '../time-limit'

/** Aborts at the deadline, with a TimeoutError, or when the connection closes before the answer was sent. */
export function requestSignal(response: ServerResponse, deadlineMs: number): AbortSignal {
  const ending = new AbortController()
  const callOff = afterTimer(() => ending.abort(deadlinePassed()), deadlineMs)
  response.once('close', () => {
    callOff()
    if (!response.writableFinished) ending.abort()
  })
  return ending.signal
}
