import type { GraphQLSchema } from 'graphql'
import type { Dice } from '../../test/support/fuzz/dice'
import { drawOperation } from '../../test/support/fuzz/draw-operation'
import { bodyOf, prepareAttack, type Answered, type Attack } from './attack'
import { attackShapes } from './attack-shapes'
import type { Before, Load } from './load-probe'
import { mutateAttack } from './mutate-attack'
import type { ProbedGateway } from './soak-gateway'

const MB = 1e6

/** What one request alone may do to the gateway. */
const BOUNDS = { heldMs: 150, peakBytes: 50 * MB, bytes: 5 * MB }

export interface Measured extends Load, Answered {
  readonly attack: Attack
  readonly sentBytes: number
}

/** By what an attack may be better than others: what it costs for each byte sent, and how near it comes to a bound. */
const GOALS = {
  'CPU a byte': ({ cpuMs, sentBytes }: Measured) => cpuMs / sentBytes,
  'bytes a byte': ({ bytes, sentBytes }: Measured) => bytes / sentBytes,
  'memory a byte': ({ peakBytes, sentBytes }: Measured) => peakBytes / sentBytes,
  'calls a byte': ({ calls, sentBytes }: Measured) => calls / sentBytes,
  CPU: ({ cpuMs }: Measured) => cpuMs,
  held: ({ heldMs }: Measured) => heldMs,
  memory: ({ peakBytes }: Measured) => peakBytes,
  bytes: ({ bytes }: Measured) => bytes,
} as const

type Goal = keyof typeof GOALS

export interface Broken {
  readonly problem: string
  readonly measured: Measured
}

export interface ClimbReport {
  readonly inputs: number
  /** The best attack of each goal. */
  readonly best: ReadonlyMap<string, Measured>
  readonly broken: readonly Broken[]
}

const BEST_OF_GOAL = 6
const REPEATS = 4
const MAX_BROKEN = 10

/** Looks for the attacks that cost the gateway most, by changing the best that are known. */
export async function climb(
  gateway: ProbedGateway,
  schema: GraphQLSchema,
  dice: Dice,
  durationMs: number,
): Promise<ClimbReport> {
  const goals = Object.keys(GOALS) as Goal[]
  const best = new Map<Goal, Measured[]>(goals.map((goal) => [goal, []]))
  const broken: Broken[] = []
  const shapes = attackShapes()
  const endMs = performance.now() + durationMs
  let inputs = 0
  // What is compiled, and filled, only once is no attack.
  for (const shape of shapes) await measureAttack(gateway, shape)
  while (performance.now() < endMs && broken.length < MAX_BROKEN) {
    const attack = shapes[inputs++] ?? next()
    const first = await measureAttack(gateway, attack, 'begin')
    const isBetter = goals.some((goal) => isAmongBest(first, goal))
    const problem = problemOf(first)
    if (!isBetter && problem === null) continue
    // Time that another process took, and a collection at the wrong moment, do not happen each time.
    const measured = await leastOf(gateway, first, problem === null ? 1 : REPEATS)
    const lasting = problemOf(measured)
    if (lasting !== null) broken.push({ problem: lasting, measured })
    else keep(measured)
  }
  return {
    inputs,
    best: new Map([...best].flatMap(([goal, [first]]) => (first ? [[goal, first]] : []))),
    broken,
  }

  function next(): Attack {
    const known = best.get(dice.pick(goals)) ?? []
    const drawn: Attack = { transport: 'http', query: drawOperation(schema, dice), variables: {} }
    const attack = known.length === 0 || dice.chance(0.15) ? dice.pick(shapes) : dice.pick(known).attack
    const other = dice.chance(0.3) ? drawn : dice.pick(shapes)
    return mutateAttack(attack, other, schema, dice)
  }

  function isAmongBest(measured: Measured, goal: Goal): boolean {
    const known = best.get(goal) ?? []
    const last = known.length < BEST_OF_GOAL ? undefined : known.at(-1)
    return last === undefined || GOALS[goal](measured) > GOALS[goal](last)
  }

  function keep(measured: Measured): void {
    for (const goal of goals) {
      if (!isAmongBest(measured, goal)) continue
      const known = [...(best.get(goal) ?? []), measured].sort((a, b) => GOALS[goal](b) - GOALS[goal](a))
      best.set(goal, known.slice(0, BEST_OF_GOAL))
    }
  }
}

export async function measureAttack(
  gateway: ProbedGateway,
  attack: Attack,
  before: Before = 'begin exactly',
): Promise<Measured> {
  const send = await prepareAttack(gateway.url, attack)
  await gateway.ask(before)
  const answered = await send()
  const load = (await gateway.ask('end')) as Load
  return { attack, sentBytes: Buffer.byteLength(bodyOf(attack)), ...answered, ...load }
}

/** Measured exactly, so that the first measurement counts for time alone. */
async function leastOf(gateway: ProbedGateway, first: Measured, repeats: number): Promise<Measured> {
  let least = { ...first, peakBytes: Infinity }
  for (let left = repeats; left > 0; left--) {
    const { cpuMs, heldMs, peakBytes } = await measureAttack(gateway, first.attack)
    least = {
      ...least,
      cpuMs: Math.min(least.cpuMs, cpuMs),
      heldMs: Math.min(least.heldMs, heldMs),
      peakBytes: Math.min(least.peakBytes, peakBytes),
    }
  }
  return least
}

function problemOf({ heldMs, peakBytes, bytes, text }: Measured): string | null {
  if (heldMs > BOUNDS.heldMs) return `holds the event loop for ${heldMs.toFixed(0)} ms`
  if (peakBytes > BOUNDS.peakBytes) return `takes ${(peakBytes / MB).toFixed(1)} MB`
  if (bytes > BOUNDS.bytes) return `is answered with ${(bytes / MB).toFixed(1)} MB`
  return text.includes('"INTERNAL_SERVER_ERROR"') ? 'fails by our own fault' : null
}
