import { APOLLO, CONTESTANTS, type Contestant } from './contestants'
import type { Options } from './options'
import type { Bench } from './processes'
import { startInFront } from './starts'
import type { Server } from './server'
import {
  compareInTurns,
  medians,
  ratio,
  warmUp,
  type Figures,
  type Ratio,
  type Result,
  type Situation,
} from './turns'

/** What the comparison is judged by, and drawn. */
export const UNCACHED: Situation = { clients: 50, latencyMs: 0, questions: 'uncached' }
export const SHARED: Situation = { clients: 50, latencyMs: 0, questions: 'shared' }
export const UNCACHED_AFAR: Situation = { clients: 50, latencyMs: 30, questions: 'uncached' }
export const ALONE_AFAR: Situation = { clients: 1, latencyMs: 30, questions: 'uncached' }

const MOST_ROUNDS_BESIDE = 3

/** Everybody in every situation. */
export class Comparison {
  constructor(private readonly results: readonly Result[]) {}

  get situations(): readonly Situation[] {
    return [...new Set(this.results.map(({ situation }) => situation))]
  }

  of(contestant: Contestant, situation: Situation): Figures {
    return medians(this.result(contestant, situation))
  }

  ratio(one: Contestant, other: Contestant, situation: Situation, name: keyof Figures): Ratio {
    return ratio(this.result(one, situation), this.result(other, situation), name)
  }

  /** Requests a second, (a) being one. */
  speed(contestant: Contestant, situation: Situation): Ratio {
    return this.ratio(contestant, APOLLO, situation, 'perSecond')
  }

  /** Over all situations and turns. */
  wrong(contestant: Contestant): number {
    const turns = this.results
      .filter((one) => one.server.contestant === contestant)
      .flatMap((one) => one.turns)
    return turns.reduce((total, { wrong }) => total + wrong, 0)
  }

  has(situation: Situation): boolean {
    return this.results.some((result) => isSame(result.situation, situation))
  }

  private result(contestant: Contestant, situation: Situation): Result {
    const found = this.results.find(
      (result) => result.server.contestant === contestant && isSame(result.situation, situation),
    )
    if (found === undefined) throw new Error(`${contestant.name} was not measured there`)
    return found
  }
}

/** All run at once, idle but for the one whose turn it is. */
export async function compare(
  bench: Bench,
  options: Options,
  say: (line: string) => void,
): Promise<Comparison> {
  await bench.upstream.tell({ latencyMs: 0 })
  const servers: Server[] = []
  for (const contestant of CONTESTANTS) servers.push(await startInFront(bench, contestant))
  // What runs for the first time is slow, which is not what this measures.
  for (const situation of [UNCACHED, SHARED]) {
    for (const server of servers) await warmUp(bench, server, situation, options)
  }
  const results: Result[] = []
  for (const situation of options.quick ? [UNCACHED, SHARED, UNCACHED_AFAR] : everySituation()) {
    const { clients, latencyMs, questions } = situation
    const isJudged = clients === UNCACHED.clients
    const rounds = isJudged ? options.rounds : Math.min(options.rounds, MOST_ROUNDS_BESIDE)
    say(`${questions}, ${clients} clients, ${latencyMs} ms upstream latency, ${rounds} rounds …`)
    results.push(...(await compareInTurns(bench, servers, situation, { rounds, turnMs: options.turnMs })))
  }
  for (const server of servers) await server.stop()
  return new Comparison(results)
}

function everySituation(): readonly Situation[] {
  return (['uncached', 'shared'] as const).flatMap((questions) =>
    [0, 30].flatMap((latencyMs) => [1, 50, 500].map((clients) => ({ clients, latencyMs, questions }))),
  )
}

function isSame(one: Situation, other: Situation): boolean {
  return (
    one.clients === other.clients && one.latencyMs === other.latencyMs && one.questions === other.questions
  )
}
