import { between, pick, type Random } from '../../../src/emulator/world/random'
import type { SecondRange, TaskFilter } from '../../../src/tasks/filter'
import type { TaskOrder } from '../../../src/tasks/order'
import { TASK_STATUSES, type TaskType } from '../../../src/tasks/task'
import type { ModelWorld } from './model-world'

const SOME_TYPES: readonly TaskType[] = ['MODIFY_PARAMETERS', 'RESTART', 'ROLLBACK', 'RESTORE', 'OTHER']

/** The four root fields narrow the filter; the rest is drawn, most often nothing, sometimes all of it. */
export function drawFilter(random: Random, model: ModelWorld): TaskFilter {
  const isBare = random() < 0.35
  const chance = isBare ? 0 : random() < 0.1 ? 0.7 : 0.2
  const has = () => random() < chance
  return {
    ...drawRoot(random),
    ...(has() && { regions: [...new Set(['ap-guangzhou', pick(random, regionsOf(model))])] }),
    ...(has() && { statuses: some(random, TASK_STATUSES, between(random, 1, 4)) }),
    ...(has() && { types: some(random, SOME_TYPES, between(random, 1, 3)) }),
    ...(has() && {
      startedAt: drawRange(
        random,
        model.all().map(({ start }) => start),
      ),
    }),
    ...(has() && {
      endedAt: drawRange(
        random,
        model.all().map(({ end }) => end),
      ),
    }),
    ...(has() && { instanceIds: drawInstanceIds(random) }),
  }
}

export function drawOrder(random: Random): TaskOrder {
  return {
    field: random() < 0.7 ? 'STARTED_AT' : 'ENDED_AT',
    direction: random() < 0.6 ? 'DESC' : 'ASC',
  }
}

function drawRoot(random: Random): TaskFilter {
  const root = random()
  if (root < 0.5) return {}
  if (root < 0.7) return { providers: ['CDB'] }
  if (root < 0.9) return { providers: ['POSTGRES'] }
  return { instanceIds: [`${pick(random, ['cdb-', 'postgres-', 'db-'])}${between(random, 0, 12)}`] }
}

/** A few are lists of their own, more than eight are not; some are known to nobody. */
function drawInstanceIds(random: Random): readonly string[] {
  const count = pick(random, [1, 2, 3, 8, 20])
  const prefixes = pick(random, [['cdb-'], ['postgres-'], ['cdb-', 'postgres-', 'db-']])
  return Array.from({ length: count }, () => `${pick(random, prefixes)}${between(random, 0, 13)}`)
}

/** Its ends are seconds in which something happened, or stand beside them. */
function drawRange(random: Random, seconds: readonly (number | null)[]): SecondRange {
  const known = seconds.filter((second) => second !== null)
  if (known.length === 0) return { from: 0 }
  const at = () => pick(random, known) + pick(random, [0, 0, -1, 1])
  const [one, other] = [at(), at()]
  const [from, to] = [Math.min(one, other), Math.max(one, other)]
  return pick(random, [{ from }, { to }, { from, to }])
}

function regionsOf(model: ModelWorld): readonly string[] {
  return [...new Set(['ap-guangzhou', ...model.all().map(({ region }) => region)])]
}

function some<T>(random: Random, choices: readonly T[], count: number): readonly T[] {
  return [...new Set(Array.from({ length: count }, () => pick(random, choices)))]
}
