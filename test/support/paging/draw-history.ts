import { between, createRandom, hashText, pick, type Random } from '../../../src/emulator/world/random'
import type { World } from '../../../src/emulator/world/world'
import type { TaskFilter } from '../../../src/tasks/filter'
import { reversed, type TaskOrder } from '../../../src/tasks/order'
import type { Place } from './direct-gateway'
import { drawFilter, drawOrder } from './draw-question'
import { BEGIN_SECOND, drawShape, drawWorld } from './draw-world'
import { PROVIDER_OF } from './model-row'
import type { ModelWorld } from './model-world'
import type { UpstreamOption } from './options'
import { hasRemainder, type OracleQuestion } from './oracle'

/** How much happens while one walks. */
export type Motion = 'still' | 'two' | 'wild' | 'within'

/** Everything that a history is, drawn from its seed. */
export interface History {
  readonly seed: number
  readonly option: UpstreamOption
  readonly random: Random
  readonly model: ModelWorld
  readonly places: readonly Place[]
  readonly filter: TaskFilter
  readonly order: TaskOrder
  readonly backward: boolean
  readonly motion: Motion
  readonly fails: boolean
  readonly clock: { nowMs: number }
  /** How old an answer may be that is served. */
  readonly ttlMs: number
  /** True where an answer may be taken for older than it is, though never for older than is served. */
  readonly roughAges: boolean
}

/** Where a history takes place. */
export interface Scene {
  /** To be filled, instead of one of its own. */
  readonly world?: World
  readonly beginSecond?: number
  readonly ttlMs?: number
  readonly roughAges?: boolean
}

export function drawHistory(seed: number, option: UpstreamOption, scene: Scene = {}): History {
  const { world, beginSecond = BEGIN_SECOND, ttlMs = 0, roughAges = false } = scene
  const random = createRandom(hashText(option.name, seed))
  const clock = { nowMs: beginSecond * 1000 + between(random, 0, 999) }
  const shape = drawShape(random, beginSecond)
  const model = drawWorld(random, shape, option.assumptions, world)
  const motion = pick<Motion>(random, [
    'still',
    'still',
    'two',
    'two',
    'two',
    'wild',
    'wild',
    'wild',
    'within',
  ])
  return {
    seed,
    option,
    random,
    model,
    places: shape.places,
    filter: drawFilter(random, model),
    order: drawOrder(random),
    backward: random() < 0.4,
    motion,
    fails: motion !== 'still' && random() < 0.25,
    clock,
    ttlMs,
    roughAges,
  }
}

/** The history's question, as a walk that begins now asks it. */
export function questionOf({ filter, order, backward, clock, ttlMs, option }: History): OracleQuestion {
  return {
    filter,
    field: order.field,
    direction: backward ? reversed(order.direction) : order.direction,
    // The walk begins where its oldest answer may be from.
    startSecond: Math.floor((clock.nowMs - ttlMs) / 1000),
    showsNotBegun: option.assumptions.notBegunInWindow === 'kept',
  }
}

/** Whether rows are looked through in some list, so that pages may be short and cost more. */
export function looksThrough(history: History): boolean {
  const question = questionOf(history)
  return history.places.some(
    ({ service }) =>
      (history.filter.providers?.includes(PROVIDER_OF[service]) ?? true) && hasRemainder(service, question),
  )
}

/** For a message: what failed, so that it can be walked again. */
export function describeHistory({ seed, option, filter, order, backward, motion }: History): string {
  const asked = JSON.stringify({ filter, order, backward, motion }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return `seed ${seed}, ${option.name}: ${asked}`
}
