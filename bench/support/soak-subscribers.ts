import { createClient, type Client } from 'graphql-ws'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { WebSocket } from 'ws'
import type { SoakTally } from './soak-tally'

const ACTIVITY = 'subscription { taskActivity { __typename ... on TaskEvent { kind task { id status } } } }'
const UPDATED = 'subscription ($ids: [ID!]!) { taskUpdated(ids: $ids) { id status } }'

/** So many clients that connect, watch for a few seconds, leave (some without a word), and come again. */
export class SoakSubscribers {
  private isOver = false
  private readonly clients: Promise<unknown>

  constructor(
    private readonly url: string,
    count: number,
    private readonly task: () => string | null,
    private readonly tally: SoakTally,
  ) {
    this.clients = Promise.all(Array.from({ length: count }, () => this.comeAndGo()))
  }

  async stop(): Promise<void> {
    this.isOver = true
    await this.clients
  }

  private async comeAndGo(): Promise<void> {
    while (!this.isOver) {
      const sockets: WebSocket[] = []
      const client = this.connect(sockets)
      let isTorn = false
      const leave = this.watch(client, () => isTorn)
      await sleep(500 + Math.random() * 4000)
      if (Math.random() < 0.3) {
        isTorn = true
        for (const socket of sockets) socket.terminate()
      } else {
        leave()
        await client.dispose()
      }
      await sleep(100)
    }
  }

  /** @param sockets gets what it opens */
  private connect(sockets: WebSocket[]): Client {
    class Socket extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol)
        sockets.push(this)
      }
    }
    return createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: Socket,
      retryAttempts: 0,
      lazy: true,
    })
  }

  /** @param isTorn whether it has broken the connection itself, of which it hears as of an error */
  private watch(client: Client, isTorn: () => boolean): () => void {
    const id = this.task()
    const isOfOne = id !== null && Math.random() < 0.5
    const kind = isOfOne ? 'taskUpdated' : 'taskActivity'
    const operation = isOfOne ? { query: UPDATED, variables: { ids: [id] } } : { query: ACTIVITY }
    return client.subscribe(operation, {
      next: ({ data, errors }) => {
        const untyped = errors?.find(({ extensions }) => typeof extensions?.['code'] !== 'string')
        const isTyped = untyped === undefined && (data ?? errors) != null
        this.tally.add(kind, errors === undefined ? 'clean' : 'with an error', !isTyped)
      },
      error: (error) => {
        if (!isTorn()) this.takeError(kind, error)
      },
      complete: () => undefined,
    })
  }

  private takeError(kind: string, error: unknown): void {
    const isTyped =
      Array.isArray(error) &&
      error.every(
        ({ extensions }: { extensions?: { code?: unknown } }) => typeof extensions?.code === 'string',
      )
    this.tally.add(kind, isTyped ? 'with an error' : inspect(error, { depth: 0 }), !isTyped)
  }
}
