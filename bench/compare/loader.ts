import { Client } from 'undici'
import { createCheck, type Right } from './check'
import { withInstant, type Wire } from './question'

/** Opens connections, which stay open for the load that follows. */
export interface Connect {
  readonly url: string
  readonly clients: number
}

/** Each client asks again as soon as it is answered. */
export interface Load {
  readonly wire: Wire
  readonly right: Right
  readonly durationMs: number
  /** Whether every question is another one; else all are equal. */
  readonly isFresh: boolean
}

export interface LoadFigures {
  readonly answers: number
  readonly wrong: number
  /** The first wrong one, or the first failure. */
  readonly example: string | null
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

let asked = 0
let clients: readonly Client[] = []

/** A program of its own: loads one server as it is told, and answers with the figures. */
process.on('message', (order: Connect | Load) => {
  void ('url' in order ? connect(order) : run(order)).then((answer) => process.send?.(answer))
})
process.once('disconnect', () => process.exit())

/**
 * By a question that every server answers at once, most of them with 404. A server accepts one connection each time
 * its loop goes round, so that many at once under load would be what is measured.
 */
async function connect({ url, clients: count }: Connect): Promise<true> {
  await Promise.all(clients.map((client) => client.close()))
  clients = Array.from({ length: count }, () => new Client(url, { pipelining: 1 }))
  const probe: Wire = { method: 'GET', path: '/healthz', headers: {}, body: null }
  await Promise.all(clients.map((client) => ask(client, probe, 0)))
  return true
}

async function run(load: Load): Promise<LoadFigures> {
  const check = createCheck(load.right)
  const latencies: number[] = []
  const wrong: string[] = []
  const beganMs = performance.now()
  const endMs = beganMs + load.durationMs
  const equal = asked++
  const work = async (client: Client): Promise<void> => {
    while (performance.now() < endMs) {
      const sinceMs = performance.now()
      const { status, text } = await ask(client, load.wire, load.isFresh ? asked++ : equal)
      latencies.push(performance.now() - sinceMs)
      if (status !== 200 || !check(text)) wrong.push(`${status} ${text.slice(0, 500)}`)
    }
  }
  await Promise.all(clients.map(work))
  const elapsedMs = performance.now() - beganMs
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  const [example = null] = wrong
  return {
    answers: latencies.length,
    wrong: wrong.length,
    example,
    elapsedMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

interface Reply {
  readonly status: number
  readonly text: string
}

/** By `dispatch`, which is undici without streams: the loader must cost less than what it loads. */
function ask(client: Client, wire: Wire, number: number): Promise<Reply> {
  const { method, headers } = wire
  const path = withInstant(wire.path, number)
  const body = wire.body === null ? null : withInstant(wire.body, number)
  const chunks: Buffer[] = []
  let status = 0
  return new Promise((resolve) => {
    client.dispatch(
      { method, path, headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, code) => void (status = code),
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve({ status, text: Buffer.concat(chunks).toString() }),
        onResponseError: (_, error) => resolve({ status: 0, text: String(error) }),
      },
    )
  })
}
