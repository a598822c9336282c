import type { Assumptions } from '../assumptions'
import { beginGenerated, type GeneratedWorldOptions } from './generate'
import { World } from './world'

/** A world with a history: lists are generated when they are first asked for. */
export function createWorld(options: GeneratedWorldOptions): World {
  const { seed = 1, assumptions = {} } = options
  return new World({ seed, assumptions, begin: beginGenerated({ ...options, seed }) })
}

/** A world without a task. */
export function createEmptyWorld(options: { seed?: number; assumptions?: Partial<Assumptions> } = {}): World {
  return new World(options)
}
