import { buildSubgraph } from '../../../src/federation/subgraph'
import { startGateway } from '../gateway'
import { documentedWorld } from '../worlds'
import { Dice } from './dice'
import { drawRequest, type FuzzRequest } from './draw-request'
import { judge, type FuzzAnswer } from './judge'

export interface FuzzReport {
  /** Requests by kind and status. */
  readonly counts: ReadonlyMap<string, number>
  /** What was wrong, with the request that shows it; the first few. */
  readonly problems: readonly string[]
  readonly slowestMs: number
  readonly slowest: string
}

const CURSOR_SECRET = 'canary-of-the-cursors'
const AT_ONCE = 4
const MAX_PROBLEMS = 20

/** Sends so many requests, all drawn from the seed, to a gateway in front of an emulator. */
export async function runFuzz(inputs: number, seed: number): Promise<FuzzReport> {
  const { schema } = buildSubgraph()
  const gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { TASK_GATEWAY_CURSOR_SECRET: CURSOR_SECRET, TASK_GATEWAY_CACHE_TTL_MS: '60000' },
  })
  const { secretId, secretKey } = gateway.emulator.credential
  const canaries = [
    CURSOR_SECRET,
    secretId,
    secretKey,
    gateway.emulator.url,
    new URL(gateway.emulator.url).host,
  ]
  const counts = new Map<string, number>()
  const problems: string[] = []
  let slowest = { ms: 0, text: '' }
  let next = 0

  async function work(): Promise<void> {
    while (next < inputs && problems.length < MAX_PROBLEMS) {
      const input = seed * 1_000_003 + next++
      const request = drawRequest(schema, new Dice(input))
      const startedMs = performance.now()
      const answer = await send(gateway.url, request)
      const ms = performance.now() - startedMs
      const key = `${request.kind} ${answer.status}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (ms > slowest.ms) slowest = { ms, text: describe(request) }
      const problem = judge(answer, canaries)
      if (problem !== null) problems.push(`${problem}: ${describe(request)}`)
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const logged = gateway.lines.filter((line) => line.includes('an error that nobody expected'))
  problems.push(...logged.slice(0, MAX_PROBLEMS))
  await gateway.close()
  return { counts, problems, slowestMs: slowest.ms, slowest: slowest.text }
}

async function send(url: string, { path, method, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
  const answer = await fetch(url + path, { method, headers, body })
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() }
}

function describe({ method, path, headers, body }: FuzzRequest): string {
  return JSON.stringify({ method, path, headers, body }).slice(0, 2000)
}
