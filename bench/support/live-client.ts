import { once } from 'node:events'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { WebSocket } from 'ws'

const QUERY = 'subscription ($id: ID!) { taskUpdated(ids: [$id]) { message } }'

/** Told of each state: of which subscription, and when the task had changed, Unix milliseconds. */
export type Take = (subscription: string, changedMs: number) => void

interface Message {
  readonly type: string
  readonly id?: string
  readonly payload?: { readonly data?: { readonly taskUpdated?: { readonly message: string } } }
}

/** One WebSocket that speaks as much of the protocol as this needs, and keeps nothing of it. */
export class LiveClient {
  private constructor(private readonly socket: WebSocket) {}

  /** @throws Error where it is not let in */
  static async open(url: string, take: Take): Promise<LiveClient> {
    const address = `${url.replace('http', 'ws')}/graphql`
    const socket = new WebSocket(address, GRAPHQL_TRANSPORT_WS_PROTOCOL, { perMessageDeflate: false })
    await once(socket, 'open')
    const client = new LiveClient(socket)
    const entered = once(socket, 'message')
    client.send({ type: 'connection_init' })
    await entered
    socket.on('message', (data: Buffer) => read(data, take))
    return client
  }

  watch(subscription: string, taskId: string): void {
    this.send({
      id: subscription,
      type: 'subscribe',
      payload: { query: QUERY, variables: { id: taskId } },
    })
  }

  complete(subscription: string): void {
    this.send({ id: subscription, type: 'complete' })
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close')
    this.socket.close(1000)
    await closed
  }

  /** As one whose machine has died, if its system still says so. */
  async vanish(): Promise<void> {
    const closed = once(this.socket, 'close')
    this.socket.terminate()
    await closed
  }

  private send(message: Message | object): void {
    this.socket.send(JSON.stringify(message))
  }
}

/** @throws Error where it is no state of a task */
function read(data: Buffer, take: Take): void {
  const text = data.toString()
  const { type, id, payload } = JSON.parse(text) as Message
  const message = payload?.data?.taskUpdated?.message
  if (type !== 'next' || id === undefined || message === undefined)
    throw new Error(`no state of a task: ${text.slice(0, 500)}`)
  take(id, Number(message))
}
