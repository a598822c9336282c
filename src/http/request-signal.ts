import type { ServerResponse } from 'node:http'
import { deadlinePassed, timeLimit } from '../time-limit'

/** Aborts at the deadline, with a TimeoutError, or when the connection closes before the answer was sent. */
export function requestSignal(response: ServerResponse, deadlineMs: number): AbortSignal {
  const gone = new AbortController()
  const { signal, end } = timeLimit(gone.signal, deadlineMs, deadlinePassed)
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
    end()
  })
  return signal
}
