import { createRandom, pick, type Random } from '../../../src/emulator/world/random'

/** Chance that comes out the same for one seed. */
export class Dice {
  private readonly random: Random

  constructor(seed: number) {
    this.random = createRandom(seed)
  }

  /** A whole number from 0 to `end`, which is excluded. */
  below(end: number): number {
    return Math.floor(this.random() * end)
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return pick(this.random, choices)
  }
}
