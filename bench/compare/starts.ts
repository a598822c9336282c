import { CONTESTANTS, type Contestant } from './contestants'
import { peakRssBytes } from './process-figures'
import type { Bench } from './processes'
import { LIFTED, startServer, type Front, type Server } from './server'
import { median } from './statistics'
import { takeTurn } from './turns'

/** What a contestant's process costs before and under load. */
export interface ProcessFigures {
  readonly contestant: Contestant
  /** From its start to its first right answer, the median of the rounds. */
  readonly coldStartMs: number
  /** The most memory that it held: after that answer, and with 500 clients. */
  readonly startedBytes: number
  readonly loadedBytes: number
}

const CROWD = { clients: 500, latencyMs: 30, questions: 'uncached' } as const
const CROWD_MS = 5000
/** Before the crowd: what runs for the first time is slow. */
const FEW = { clients: 20, latencyMs: 0, questions: 'uncached' } as const

/** Starts everybody anew, in turns; the last time each is loaded too. */
export async function measureStarts(bench: Bench, rounds: number): Promise<readonly ProcessFigures[]> {
  await bench.upstream.tell({ latencyMs: 0 })
  const starts = new Map(CONTESTANTS.map((contestant) => [contestant, [] as number[]]))
  for (let round = 1; round < rounds; round++) {
    for (const contestant of CONTESTANTS) {
      const server = await startInFront(bench, contestant)
      starts.get(contestant)?.push(server.coldStartMs)
      await server.stop()
    }
  }
  const figures: ProcessFigures[] = []
  for (const contestant of CONTESTANTS) {
    await bench.upstream.tell({ latencyMs: 0 })
    const server = await startInFront(bench, contestant)
    const startedBytes = peakRssBytes(server.pid)
    await takeTurn(bench, server, FEW, CROWD_MS)
    await bench.upstream.tell({ latencyMs: CROWD.latencyMs })
    await takeTurn(bench, server, CROWD, CROWD_MS)
    const coldStartMs = median([...(starts.get(contestant) ?? []), server.coldStartMs])
    figures.push({ contestant, coldStartMs, startedBytes, loadedBytes: peakRssBytes(server.pid) })
    await server.stop()
  }
  return figures
}

/** In front of both upstreams, and nothing in the way of its calls. */
export async function startInFront(
  bench: Bench,
  contestant: Contestant,
  env: Front['env'] = {},
): Promise<Server> {
  const { url, expected } = await bench.upstream.tell({})
  const right = { dialect: contestant.dialect, expected }
  return startServer(contestant, { upstreamUrl: url, right, env: { ...LIFTED, ...env } })
}
