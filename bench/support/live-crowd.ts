import { setTimeout as sleep } from 'node:timers/promises'
import { LiveClient, type Take } from './live-client'

/** A task that somebody watches: its product and number (`CDB 7`), and its id. */
export interface Watched {
  readonly name: string
  readonly id: string
}

/** So many that the gateway has something to do, and no connection waits for long. */
const OPENING = 20
const PATIENCE_MS = 30_000

/** Many subscriptions on many sockets, and what has come to them. */
export class Crowd {
  private readonly clients: LiveClient[] = []
  /** The task of each subscription. */
  private readonly tasks = new Map<string, string>()
  private readonly lastMs = new Map<string, number>()
  private deliveries: { readonly changedMs: number; readonly delayMs: number }[] = []
  /** States that came again, or after a later one. */
  stale = 0

  constructor(private readonly url: string) {}

  /** Resolves when each has its first state. */
  async open(sockets: number, each: number, watched: readonly Watched[]): Promise<void> {
    let next = 0
    const opener = async (): Promise<void> => {
      while (next < sockets) {
        const socket = next++
        const client = await LiveClient.open(this.url, this.take)
        this.clients.push(client)
        for (let at = 0; at < each; at++) this.watch(client, watched, socket * each + at)
      }
    }
    await Promise.all(Array.from({ length: OPENING }, opener))
    const giveUpMs = performance.now() + PATIENCE_MS
    while (this.lastMs.size < this.tasks.size) {
      if (performance.now() > giveUpMs) throw new Error(`${this.lastMs.size} subscriptions have a state`)
      await sleep(50)
    }
  }

  /** Sorted delays of the changes since then, and how many subscriptions lack the last state of their task. */
  since(
    markedMs: number,
    last: Readonly<Record<string, number>>,
  ): { readonly delaysMs: readonly number[]; readonly outdated: number } {
    const delaysMs = this.deliveries
      .filter(({ changedMs }) => changedMs >= markedMs)
      .map(({ delayMs }) => delayMs)
      .sort((a, b) => a - b)
    const outdated = [...this.tasks].filter(([key, task]) => this.lastMs.get(key) !== last[task]).length
    return { delaysMs, outdated }
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()))
  }

  private watch(client: LiveClient, watched: readonly Watched[], number: number): void {
    const task = watched[number % watched.length]
    if (task === undefined) return
    this.tasks.set(String(number), task.name)
    client.watch(String(number), task.id)
  }

  private readonly take: Take = (subscription, changedMs) => {
    const before = this.lastMs.get(subscription) ?? -1
    if (changedMs <= before) this.stale += 1
    else this.lastMs.set(subscription, changedMs)
    this.deliveries.push({ changedMs, delayMs: Date.now() - changedMs })
  }
}
