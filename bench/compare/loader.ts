import { Client } from 'undici'
import { createCheck } from './check'
import { instant, wireOf, type Dialect, type ExpectedTask } from './question'

/** So many clients, each of which asks again as soon as it is answered. */
export interface Load {
  readonly url: string
  readonly dialect: Dialect
  readonly clients: number
  readonly durationMs: number
  /** Whether every question is another one; else all are equal. */
  readonly isFresh: boolean
  /** What the right answer holds; more of it than one page. */
  readonly expected: readonly ExpectedTask[]
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

/** A program of its own: loads one server as it is told, and answers with the figures. */
process.on('message', (load: Load) => void run(load).then((figures) => process.send?.(figures)))
process.once('disconnect', () => process.exit())

async function run(load: Load): Promise<LoadFigures> {
  const clients = Array.from({ length: load.clients }, () => new Client(load.url, { pipelining: 1 }))
  const check = createCheck(load.dialect, load.expected)
  const latencies: number[] = []
  const wrong: string[] = []
  const beganMs = performance.now()
  const endMs = beganMs + load.durationMs
  const equal = asked++
  const work = async (client: Client): Promise<void> => {
    while (performance.now() < endMs) {
      const sinceMs = performance.now()
      const { status, text } = await ask(client, load.dialect, instant(load.isFresh ? asked++ : equal))
      latencies.push(performance.now() - sinceMs)
      if (status !== 200 || !check(text)) wrong.push(`${status} ${text.slice(0, 500)}`)
    }
  }
  await Promise.all(clients.map(work))
  const elapsedMs = performance.now() - beganMs
  await Promise.all(clients.map((client) => client.close()))
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return {
    answers: latencies.length,
    wrong: wrong.length,
    example: wrong[0] ?? null,
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
function ask(client: Client, dialect: Dialect, from: string): Promise<Reply> {
  const wire = WIRES[dialect]
  const { method } = wire
  const chunks: Buffer[] = []
  let status = 0
  return new Promise((resolve) => {
    client.dispatch(
      { method, path: wire.path(from), headers: HEADERS, body: wire.body(from) },
      {
        onRequestStart() {},
        onResponseStart(_, code) {
          status = code
        },
        onResponseData(_, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          resolve({ status, text: Buffer.concat(chunks).toString() })
        },
        onResponseError(_, error) {
          resolve({ status: 0, text: String(error) })
        },
      },
    )
  })
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' }
const WIRES = {
  graphql: wireOf('graphql'),
  rest: wireOf('rest'),
  'two lists': wireOf('two lists'),
}
