import { parseArgs } from 'node:util'

/** How much of the benchmark is run. */
export interface Options {
  /** Only the main comparison, in less than two minutes. */
  readonly quick: boolean
  /** How many turns each has in each situation. */
  readonly rounds: number
  readonly turnMs: number
  /** How long a turn takes that warms a server up, and how many of them each has at most. */
  readonly warmTurnMs: number
  readonly maxWarmTurns: number
}

/** @throws Error for an option that there is not */
export function readOptions(): Options {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, rounds: { type: 'string' } } })
  const quick = values.quick ?? false
  const rounds = Number(values.rounds ?? (quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1 on')
  return quick
    ? { quick, rounds, turnMs: 500, warmTurnMs: 800, maxWarmTurns: 4 }
    : { quick, rounds, turnMs: 1500, warmTurnMs: 1500, maxWarmTurns: 20 }
}
