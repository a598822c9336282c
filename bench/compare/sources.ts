import { Comparison, UNCACHED } from './comparison'
import { APOLLO, GATEWAY, REST, YOGA, type Contestant } from './contestants'
import type { Options } from './options'
import { startBench } from './processes'
import { listsOf, sourceSettings } from './source-settings'
import { startInFront } from './starts'
import { compareInTurns, warmUp } from './turns'

/** What those that can merge many lists did with so many. */
export interface SourcesResult {
  readonly sources: number
  readonly comparison: Comparison
}

/** (c) signs for one region, (d) is (a) where every question differs, and (f) asks nobody. */
export const MERGING: readonly Contestant[] = [GATEWAY, APOLLO, YOGA, REST]

const SOURCES = [1, 4, 16]
const MOST_ROUNDS = 3

/** Every question another one, 50 clients, no upstream latency; an emulator of its own for each number of sources. */
export async function measureSources(options: Options): Promise<readonly SourcesResult[]> {
  const measured: SourcesResult[] = []
  for (const sources of SOURCES) {
    const lists = listsOf(sources)
    const bench = await startBench(lists)
    const servers = []
    for (const contestant of MERGING)
      servers.push(await startInFront(bench, contestant, sourceSettings(lists)))
    for (const server of servers) await warmUp(bench, server, UNCACHED, options)
    const turns = { rounds: Math.min(options.rounds, MOST_ROUNDS), turnMs: options.turnMs }
    const results = await compareInTurns(bench, servers, UNCACHED, turns)
    measured.push({ sources, comparison: new Comparison(results) })
    for (const server of servers) await server.stop()
    await bench.stop()
  }
  return measured
}
