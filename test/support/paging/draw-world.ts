import type { Assumptions } from '../../../src/emulator/assumptions'
import type { Service } from '../../../src/emulator/world/products'
import { between, pick, type Random } from '../../../src/emulator/world/random'
import type { World } from '../../../src/emulator/world/world'
import type { Place } from './direct-gateway'
import { statusesOf, TYPES, type ModelRow } from './model-row'
import { ModelWorld } from './model-world'

/** How the rows of a world are drawn. */
export interface WorldShape {
  readonly places: readonly Place[]
  readonly nowSecond: number
  /** Part of the rows that share a second with another. */
  readonly ties: number
  /** Seconds between two rows, on average. */
  readonly spacing: number
  readonly notBegun: number
  readonly unservable: number
  readonly largest: number
}

/** When a walk begins where nothing else is said, Unix seconds. */
export const BEGIN_SECOND = Date.UTC(2026, 0, 15) / 1000

const REGIONS = ['ap-guangzhou', 'ap-shanghai', 'eu-frankfurt'] as const
const BEYOND_DOUBLE = 9_007_199_254_740_993n

export function drawShape(random: Random, nowSecond: number): WorldShape {
  const regions = REGIONS.slice(0, pick(random, [1, 1, 2, 3]))
  const places = regions.flatMap((region): Place[] => [
    { service: 'cdb', region },
    { service: 'postgres', region },
  ])
  return {
    places,
    nowSecond,
    ties: pick(random, [0, 0.2, 0.5, 0.9]),
    spacing: pick(random, [1, 20, 600]),
    notBegun: pick(random, [0, 0, 0.02, 0.2]),
    unservable: random() < 0.04 ? 0.02 : 0,
    largest: pick(random, [4, 30, 90, 120, 320]),
  }
}

export function drawWorld(
  random: Random,
  shape: WorldShape,
  assumptions: Partial<Assumptions>,
  world?: World,
): ModelWorld {
  const model = new ModelWorld(assumptions, between(random, 1, 1e6), world)
  for (const place of shape.places) {
    const count = random() < 0.1 ? 0 : between(random, 0, shape.largest)
    const seconds = Math.max(1, Math.ceil(count * (1 - shape.ties)))
    const span = seconds * shape.spacing
    const grid = Array.from({ length: seconds }, () => shape.nowSecond - between(random, 0, span))
    for (let index = 0; index < count; index++) {
      const begins = random() >= shape.notBegun
      model.insert(drawRow(random, place, begins ? pick(random, grid) : null, shape))
    }
  }
  return model
}

/** A row that the world has not seen; its number tells nothing about its age. */
export function drawRow(
  random: Random,
  place: Place,
  start: number | null,
  { nowSecond, unservable }: Pick<WorldShape, 'nowSecond' | 'unservable'>,
): ModelRow {
  const small = between(random, 1, 50_000_000)
  const isLong = place.service === 'postgres' && random() < 0.1
  const duration = pick(random, [1, 10, 10, 60, 600])
  const ends = start !== null && start + duration < nowSecond && random() < 0.85
  return {
    ...place,
    id: isLong ? BEYOND_DOUBLE + BigInt(small) : small,
    start,
    end: ends ? start + duration : null,
    status: pick(random, statusesOf(place.service, ends)),
    type: pick(random, TYPES[place.service]),
    instances: drawInstances(random, place.service),
    hasNumber: random() >= unservable,
  }
}

/** One of a dozen; a CDB task can name several. */
function drawInstances(random: Random, service: Service): readonly string[] {
  const prefix = random() < 0.1 ? 'db-' : service === 'cdb' ? 'cdb-' : 'postgres-'
  const count = service === 'cdb' && random() < 0.3 ? between(random, 2, 4) : 1
  const first = between(random, 0, 11)
  return Array.from({ length: count }, (_, at) => `${prefix}${(first + at) % 12}`)
}
