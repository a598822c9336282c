import { REGIONS } from '../../src/emulator/world/regions'
import { GATEWAY } from './contestants'
import { cpuMs, rssBytes } from './process-figures'
import { startBench, type Bench } from './processes'
import { graphql } from './question'
import { LIFTED, startServer, type Server } from './server'
import { lastCursorBefore } from './walk'

/** What one question costs at a gateway of a certain size. */
export interface Growth {
  readonly sources: number
  readonly page: number
  /** The page's number in its walk, from 1 on. */
  readonly depth: number
  readonly calls: number
  readonly expectedCalls: number
  readonly cpuMs: number
  readonly p50Ms: number
  readonly rssBytes: number
}

const TURN_MS = 1500
const WARM_MS = 2500
const MOST_IN_ONE_CALL = 95
const SIZE = 3000
const CASES: readonly Pick<Growth, 'sources' | 'page' | 'depth'>[] = [
  { sources: 1, page: 20, depth: 1 },
  { sources: 1, page: 100, depth: 1 },
  { sources: 4, page: 20, depth: 1 },
  { sources: 16, page: 20, depth: 1 },
  { sources: 4, page: 5, depth: 1 },
  { sources: 4, page: 50, depth: 1 },
  { sources: 4, page: 95, depth: 1 },
  { sources: 4, page: 20, depth: 2 },
  { sources: 4, page: 20, depth: 10 },
  { sources: 4, page: 20, depth: 50 },
]

/** One client that asks again and again, with the cache off, so that each question is paid for. */
export async function measureGrowth(): Promise<readonly Growth[]> {
  const results: Growth[] = []
  for (const sources of new Set(CASES.map((one) => one.sources))) {
    const bench = await startBench({ size: SIZE, regions: regionsOf(sources) })
    const { url } = await bench.upstream.tell({})
    const server = await startServer(GATEWAY, {
      upstreamUrl: url,
      wire: question(20, null),
      right: { rows: 20 },
      env: { ...LIFTED, ...regionSettings(sources), TASK_GATEWAY_CACHE_TTL_MS: '0' },
    })
    await ask(bench, server, 20, null, WARM_MS)
    for (const one of CASES.filter((each) => each.sources === sources)) {
      results.push(await measure(bench, server, one))
    }
    await server.stop()
    await bench.stop()
  }
  return results
}

async function measure(
  bench: Bench,
  server: Server,
  { sources, page, depth }: Pick<Growth, 'sources' | 'page' | 'depth'>,
): Promise<Growth> {
  const after = await lastCursorBefore(server.url, page, depth)
  await bench.upstream.tell({ clear: true })
  const before = cpuMs(server.pid)
  const { answers, p50Ms } = await ask(bench, server, page, after, TURN_MS)
  const used = cpuMs(server.pid) - before
  const { calls } = await bench.upstream.tell({})
  return {
    ...{ sources, page, depth },
    calls: calls / answers,
    // Several sources share a page: none of them gives more than one call brings.
    expectedCalls: sources === 1 && page > MOST_IN_ONE_CALL ? 2 : sources,
    cpuMs: used / answers,
    p50Ms,
    rssBytes: rssBytes(server.pid),
  }
}

async function ask(bench: Bench, { url }: Server, page: number, after: string | null, durationMs: number) {
  const wire = question(page, after)
  await bench.loader.connect({ url, clients: 1 })
  const figures = await bench.loader.load({ wire, durationMs, right: { rows: page }, isFresh: false })
  if (figures.wrong > 0) throw new Error(`a wrong page of ${page}: ${figures.example ?? ''}`)
  return figures
}

function question(first: number, after: string | null) {
  const query = `query ($first: Int, $after: String) { tasks(first: $first, after: $after) {
    nodes { id provider taskId status rawType startedAt progress instances { id } } } }`
  return graphql(query, { first, after })
}

/** One region has two sources; one source alone is CDB's. */
function regionsOf(sources: number): readonly string[] {
  const main = 'ap-guangzhou'
  return [main, ...REGIONS.filter((region) => region !== main && !region.endsWith('fsi'))].slice(
    0,
    Math.max(1, sources / 2),
  )
}

function regionSettings(sources: number): Readonly<Record<string, string>> {
  const list = regionsOf(sources).join(',')
  if (sources === 1) return { TENCENTCLOUD_REGION: '', TASK_GATEWAY_CDB_REGIONS: list }
  return { TASK_GATEWAY_CDB_REGIONS: list, TASK_GATEWAY_POSTGRES_REGIONS: list }
}
