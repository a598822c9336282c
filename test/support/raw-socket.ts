import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import { record } from './emulator'

export type Message = Readonly<Record<string, unknown>>

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** A WebSocket to a gateway that speaks no protocol by itself. */
export class RawSocket {
  /** All that came, in its order. */
  readonly messages: Message[] = []
  readonly closed: Promise<Closed>
  private taken = 0
  private wake: () => void = () => undefined

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        this.wake()
      })
    })
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      this.messages.push(record(JSON.parse((data as Buffer).toString()) as unknown))
      this.wake()
    })
  }

  /** Opens it; nothing is sent yet. */
  static async open(url: string, options: ClientOptions = {}, protocol = 'graphql-transport-ws') {
    const address = `${url.replace(/^http/, 'ws')}/graphql`
    const raw = new RawSocket(
      protocol === '' ? new WebSocket(address, options) : new WebSocket(address, protocol, options),
    )
    await once(raw.socket, 'open')
    return raw
  }

  /** Opens it, and says who asks. */
  static async enter(url: string, payload?: unknown, options: ClientOptions = {}): Promise<RawSocket> {
    const raw = await RawSocket.open(url, options)
    raw.send({ type: 'connection_init', payload })
    await raw.next()
    return raw
  }

  /** A value as JSON, a text as it is. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  subscribe(id: string, query: string, variables?: Readonly<Record<string, unknown>>): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } })
  }

  /** The message after the one that was taken last. @throws Error where the socket closes instead */
  async next(): Promise<Message> {
    while (this.messages.length <= this.taken) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('closed without another message')
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
    return record(this.messages[this.taken++])
  }

  async close(): Promise<void> {
    this.socket.terminate()
    await this.closed
  }
}
