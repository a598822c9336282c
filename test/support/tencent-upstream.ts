import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers the `index`-th request, counted from 0. */
export type Answer = (response: ServerResponse, index: number, received: Received) => void

export interface Upstream {
  readonly url: string
  readonly received: readonly Received[]
  /** How many connections were ever made. */
  connections(): number
  /** How many of them are open now. */
  open(): number
  /** How many answers were cut off by the other side. */
  cutOff(): number
  close(): Promise<void>
}

/** An upstream over real HTTP that answers as told. */
export async function startUpstream(answer: Answer): Promise<Upstream> {
  const received: Received[] = []
  let connections = 0
  let open = 0
  let cutOff = 0
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('close', () => (cutOff += response.writableFinished ? 0 : 1))
    const one = { headers: request.headers, body: await text(request) }
    answer(response, received.push(one) - 1, one)
  }
  const server = createServer((request, response) => void listener(request, response))
  // Announced to the client, which must leave before; its own allowance for the way is two seconds.
  server.keepAliveTimeout = 3000
  server.on('connection', (socket) => {
    connections += 1
    open += 1
    socket.on('close', () => (open -= 1))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    connections: () => connections,
    open: () => open,
    cutOff: () => cutOff,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with this under `Response`. */
export function answering(response: unknown): Answer {
  return (to) => to.setHeader('content-type', 'application/json').end(JSON.stringify({ Response: response }))
}

/** Answers the cloud's way with an error. */
export function refusing(code: string, message = 'text of the upstream'): Answer {
  return answering({ Error: { Code: code, Message: message }, RequestId: 'r-error' })
}

/** Breaks the connection instead of answering. */
export const reset: Answer = (response) => response.socket?.destroy()

/** Never answers. */
export const hang: Answer = () => undefined

/** One answer after the other; the last one stays. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  return (response, index, received) => {
    const answer = answers[Math.min(index, answers.length - 1)] ?? answers[0]
    answer(response, index, received)
  }
}
