import type { Dispatcher } from 'undici'
import { AttemptTimeout, reasonOf } from './deadline'

/** One request, ready to be sent: the body and headers are the signed ones. */
export interface TransportRequest {
  /** Scheme, host and port. */
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Requests of one lane never wait for the connections of another, where many hang. */
  readonly lane: string
  /** Ends the whole exchange, connecting and reading included; the socket is closed with it. */
  readonly signal: AbortSignal
  /** How long all of that may take. */
  readonly timeoutMs: number
  /** Told when the request has got a connection and goes out. */
  readonly onWritten: () => void
}

export interface TransportAnswer {
  readonly status: number
  /** The `Date` header, empty where there is none. */
  readonly date: string
  readonly body: Buffer
}

/**
 * One exchange over the connections of one lane, by undici without its streams, which cost as much as all the rest.
 * Rejects when it is given up, even if undici does not: that ends one which waits for a connection only when it has got
 * it.
 */
export function dispatch(lane: Dispatcher, request: TransportRequest): Promise<TransportAnswer> {
  const { headers, body, signal, timeoutMs, onWritten } = request
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let [status, date] = [0, '']
    let reason: Error | null = null
    let exchange: Dispatcher.DispatchController | null = null
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
    }
    const giveUp = (why: Error): void => {
      end()
      reason = why
      exchange?.abort(why)
      reject(why)
    }
    const leave = (): void => giveUp(reasonOf(signal))
    const timer = setTimeout(() => giveUp(new AttemptTimeout(timeoutMs)), timeoutMs)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) {
      leave()
      return
    }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        // One that was given up while it waited for a connection gets it all the same, and is not sent.
        if (reason !== null) controller.abort(reason)
        else onWritten()
        exchange = controller
      },
      onResponseStart(_controller, code, head) {
        status = code
        date = typeof head['date'] === 'string' ? head['date'] : ''
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd() {
        end()
        const [first = Buffer.alloc(0)] = chunks
        resolve({ status, date, body: chunks.length > 1 ? Buffer.concat(chunks) : first })
      },
      onResponseError(_controller, error) {
        end()
        reject(error)
      },
    }
    lane.dispatch({ method: 'POST', path: '/', headers, body }, handler)
  })
}
