/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number

/** Mulberry32: small, fast, and the same on every machine for one seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    return scramble(state) / 0x1_0000_0000
  }
}

/** A steady number from 0 to 2^32-1 for a text. */
export function hashText(text: string, salt = 0): number {
  let hash = 0x811c9dc5 ^ salt
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return scramble(hash >>> 0)
}

/** A steady number from 0 to 2^32-1 for a task's id. */
export function hashId(id: number | bigint, salt = 0): number {
  const low = typeof id === 'bigint' ? Number(BigInt.asUintN(32, id ^ (id >> 32n))) : id >>> 0
  return scramble((low ^ Math.imul(salt, 0x9e3779b1)) >>> 0)
}

/** A whole number of `from`..`to`, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1))
}

/** One of the choices; an empty list has none and throws. */
export function pick<Choice>(random: Random, choices: readonly Choice[]): Choice {
  const chosen = choices[Math.floor(random() * choices.length)]
  if (chosen === undefined) throw new Error('pick: there is nothing to choose from')
  return chosen
}

/** Text of eight lower-case hexadecimal digits. */
export function hex8(random: Random): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0')
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return (mixed ^ (mixed >>> 14)) >>> 0
}
