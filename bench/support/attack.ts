import { at } from '../../test/support/answer'
import { RawSocket } from '../../test/support/raw-socket'

/** One request of a hostile client. */
export interface Attack {
  readonly transport: 'http' | 'websocket'
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName?: string
}

export interface Answered {
  readonly text: string
  readonly bytes: number
  /** Upstream calls. */
  readonly calls: number
}

/** How long a subscription may take to send its first event. */
const FIRST_EVENT_MS = 500

export function bodyOf({ query, variables, operationName }: Attack): string {
  return JSON.stringify({ query, variables, operationName })
}

/** Opens what the attack needs; returns what sends it, so that opening is not measured. */
export async function prepareAttack(url: string, attack: Attack): Promise<() => Promise<Answered>> {
  if (attack.transport === 'http') return () => byHttp(url, attack)
  const socket = await RawSocket.enter(url)
  return async () => {
    const answered = await byWebSocket(socket, attack)
    await socket.close()
    return answered
  }
}

async function byHttp(url: string, attack: Attack): Promise<Answered> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: bodyOf(attack),
  })
  const text = await answer.text()
  return { text, bytes: Buffer.byteLength(text), calls: callsIn(parsed(text)) }
}

async function byWebSocket(socket: RawSocket, attack: Attack): Promise<Answered> {
  let bytes = 0
  socket.socket.on('message', (data) => (bytes += (data as Buffer).length))
  socket.send(`{"id":"1","type":"subscribe","payload":${bodyOf(attack)}}`)
  const isSubscription = /\bsubscription\b/.test(attack.query)
  const late = isSubscription ? setTimeout(() => socket.socket.terminate(), FIRST_EVENT_MS) : undefined
  const message = await socket.next().catch(() => null)
  clearTimeout(late)
  if (message === null && !isSubscription)
    throw new Error(`the socket was closed: ${JSON.stringify(await socket.closed)}`)
  const text = message === null ? '' : JSON.stringify(message)
  return { text, bytes, calls: callsIn(message?.['payload']) }
}

function callsIn(answer: unknown): number {
  const calls = at(answer, 'extensions', 'upstream', 'calls')
  return typeof calls === 'number' ? calls : 0
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
