import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { GATEWAY } from './contestants'
import type { Lists } from './expected'
import { cpuMs, rssBytes } from './process-figures'
import { startBench, type Bench } from './processes'
import { graphql } from './question'
import { LIFTED, startServer, type Server } from './server'
import { listsOf, sourceSettings } from './source-settings'
import { lastCursorBefore } from './walk'

/** What one question costs at a gateway of a certain size. */
export interface Growth {
  readonly sources: number
  /** Whose the sources are: so many have the same regions. */
  readonly accounts: number
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

type Case = Pick<Growth, 'sources' | 'accounts' | 'page' | 'depth'>

/** A gateway each, in the order in which they are told. */
const CASES: readonly (readonly [Case, ...Case[]])[] = [
  [
    { sources: 1, accounts: 1, page: 20, depth: 1 },
    { sources: 1, accounts: 1, page: 100, depth: 1 },
  ],
  [
    { sources: 4, accounts: 1, page: 20, depth: 1 },
    { sources: 4, accounts: 1, page: 5, depth: 1 },
    { sources: 4, accounts: 1, page: 50, depth: 1 },
    { sources: 4, accounts: 1, page: 95, depth: 1 },
    { sources: 4, accounts: 1, page: 20, depth: 2 },
    { sources: 4, accounts: 1, page: 20, depth: 10 },
    { sources: 4, accounts: 1, page: 20, depth: 50 },
  ],
  [{ sources: 4, accounts: 2, page: 20, depth: 1 }],
  [{ sources: 16, accounts: 1, page: 20, depth: 1 }],
  [{ sources: 16, accounts: 8, page: 20, depth: 1 }],
]

/** One client that asks again and again, with the cache off, so that each question is paid for. */
export async function measureGrowth(): Promise<readonly Growth[]> {
  const results: Growth[] = []
  for (const cases of CASES) {
    const [{ sources, accounts }] = cases
    const lists = listsOf(sources / accounts)
    const bench = await startBench({ size: SIZE, ...lists })
    const { url } = await bench.upstream.tell({})
    const server = await startServer(GATEWAY, {
      upstreamUrl: url,
      wire: question(20, null),
      right: { rows: 20 },
      env: { ...LIFTED, ...settingsOf(lists, accounts), TASK_GATEWAY_CACHE_TTL_MS: '0' },
    })
    await ask(bench, server, 20, null, WARM_MS)
    for (const one of cases) results.push(await measure(bench, server, one))
    await server.stop()
    await bench.stop()
  }
  return results
}

async function measure(
  bench: Bench,
  server: Server,
  { sources, accounts, page, depth }: Case,
): Promise<Growth> {
  const after = await lastCursorBefore(server.url, page, depth)
  await bench.upstream.tell({ clear: true })
  const before = cpuMs(server.pid)
  const { answers, p50Ms } = await ask(bench, server, page, after, TURN_MS)
  const used = cpuMs(server.pid) - before
  const { calls } = await bench.upstream.tell({})
  return {
    ...{ sources, accounts, page, depth },
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

/** Each account has all the lists; all have the same key here, and see the same tasks. */
function settingsOf(lists: Lists, accounts: number): Readonly<Record<string, string>> {
  const settings = sourceSettings(lists)
  if (accounts === 1) return settings
  const names = Array.from({ length: accounts }, (_, at) => `a${at + 1}`)
  const keys = names.flatMap((name): [string, string][] => [
    [`TENCENTCLOUD_SECRET_ID_${name.toUpperCase()}`, DEMO_CREDENTIAL.secretId],
    [`TENCENTCLOUD_SECRET_KEY_${name.toUpperCase()}`, DEMO_CREDENTIAL.secretKey],
  ])
  return { ...settings, TASK_GATEWAY_ACCOUNTS: names.join(','), ...Object.fromEntries(keys) }
}
