import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './processes'
import { cpuMs } from './process-figures'
import type { Options } from './options'
import { WIRES } from './question'
import type { Server } from './server'
import { median } from './statistics'

/** One situation in which all are compared. */
export interface Situation {
  readonly clients: number
  readonly latencyMs: number
  /** `uncached`: every question is another one; `shared`: all questions of a turn are equal. */
  readonly questions: 'uncached' | 'shared'
}

/** One turn of one server, or the medians of its turns. */
export interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** User and system time of the server's process for one answer. */
  readonly cpuMs: number
  /** Calls that reached the upstreams for one answer. */
  readonly calls: number
  /** How much of its core the server used: below 1, something else was waited for. */
  readonly busy: number
  /** What the emulator and the loader computed for one answer. */
  readonly upstreamCpuMs: number
  readonly loaderCpuMs: number
  /** How many answers were wrong, or an error. */
  readonly wrong: number
}

/** What one server did in one situation, turn by turn. */
export interface Result {
  readonly server: Server
  readonly situation: Situation
  readonly turns: readonly Figures[]
}

/** Of every turn, not counted: who has been idle while the others had theirs has given memory and code back. */
export const LEAD_MS = 400
/** A server is warm when so many turns in a row used no less than this share of the least CPU time so far. */
const WARM_TURNS_WITHOUT_GAIN = 3
const LEAST_GAIN = 0.98
const DRAIN_STEP_MS = 50
const MAX_DRAIN_MS = 2000

/** All servers take turns, one after the other, and again in every round; each round begins with another one. */
export async function compareInTurns(
  bench: Bench,
  servers: readonly Server[],
  situation: Situation,
  { rounds, turnMs }: { readonly rounds: number; readonly turnMs: number },
): Promise<readonly Result[]> {
  const turns = new Map(servers.map((server) => [server, [] as Figures[]]))
  await bench.upstream.tell({ latencyMs: situation.latencyMs })
  for (let round = 0; round < rounds; round++) {
    const first = round % servers.length
    for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
      await takeTurn(bench, server, situation, LEAD_MS)
      turns.get(server)?.push(await takeTurn(bench, server, situation, turnMs))
    }
  }
  return servers.map((server) => ({ server, situation, turns: turns.get(server) ?? [] }))
}

/** Loads a server until the CPU time of a query no longer falls: what runs for the first time is slow. */
export async function warmUp(
  bench: Bench,
  server: Server,
  situation: Situation,
  { warmTurnMs, maxWarmTurns }: Pick<Options, 'warmTurnMs' | 'maxWarmTurns'>,
): Promise<void> {
  let least = Infinity
  let withoutGain = 0
  for (let turn = 0; turn < maxWarmTurns && withoutGain < WARM_TURNS_WITHOUT_GAIN; turn++) {
    const { cpuMs: used } = await takeTurn(bench, server, situation, warmTurnMs)
    withoutGain = used < least * LEAST_GAIN ? 0 : withoutGain + 1
    least = Math.min(least, used)
  }
}

/** A wrong answer is no answer, and is told. */
export async function takeTurn(
  { upstream, loader }: Bench,
  server: Server,
  { clients, questions }: Situation,
  turnMs: number,
): Promise<Figures> {
  const { expected } = await upstream.tell({ clear: true })
  const { url, pid, contestant } = server
  await loader.connect({ url, clients })
  await drained(pid)
  const before = [pid, upstream.pid, loader.pid].map(cpuMs)
  const { dialect } = contestant
  const figures = await loader.load({
    wire: WIRES[dialect],
    right: { dialect, expected },
    durationMs: turnMs,
    isFresh: questions === 'uncached',
  })
  const [used = NaN, byUpstream = NaN, byLoader = NaN] = [pid, upstream.pid, loader.pid].map(
    (each, at) => cpuMs(each) - (before[at] ?? NaN),
  )
  const { calls } = await upstream.tell({})
  if (figures.example !== null) process.stderr.write(`${contestant.name}: ${figures.example}\n`)
  await drained(pid)
  return {
    perSecond: ((figures.answers - figures.wrong) * 1000) / figures.elapsedMs,
    p50Ms: figures.p50Ms,
    p99Ms: figures.p99Ms,
    cpuMs: used / figures.answers,
    calls: calls / figures.answers,
    busy: used / figures.elapsedMs,
    upstreamCpuMs: byUpstream / figures.answers,
    loaderCpuMs: byLoader / figures.answers,
    wrong: figures.wrong,
  }
}

/** Every answer is there; what the server still does behind them must not fall into the next one's turn. */
async function drained(pid: number): Promise<void> {
  const endMs = performance.now() + MAX_DRAIN_MS
  let before = NaN
  while (performance.now() < endMs) {
    const now = cpuMs(pid)
    if (now === before) return
    before = now
    await sleep(DRAIN_STEP_MS)
  }
}

/** The middle of each figure over all turns. */
export function medians({ turns }: Result): Figures {
  const of = (name: keyof Figures) => median(turns.map((turn) => turn[name]))
  return {
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuMs: of('cpuMs'),
    calls: of('calls'),
    busy: of('busy'),
    upstreamCpuMs: of('upstreamCpuMs'),
    loaderCpuMs: of('loaderCpuMs'),
    wrong: of('wrong'),
  }
}

/** One figure as a multiple of another server's. */
export interface Ratio {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

/** Round by round, since both had the same machine then. */
export function ratio(one: Result, other: Result, name: keyof Figures): Ratio {
  const ratios = one.turns.map((turn, round) => turn[name] / (other.turns[round]?.[name] ?? NaN))
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
}
