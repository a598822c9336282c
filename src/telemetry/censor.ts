const CENSORED = '[secret]'
/** Shorter ones stand in ordinary words and numbers too, and taking them out would spoil the line. */
const CENSORED_CHARACTERS = 6

/** Older ones are no keys any more. */
const REMEMBERED_LATER = 50

export interface Censor {
  (text: string): string
  /** Takes these out too from now on; the last fifty that were added later than the first are remembered. */
  readonly add: (secrets: readonly string[]) => void
}

/** Takes secrets out of a text; a line of JSON stays JSON. */
export function createCensor(secrets: readonly string[]): Censor {
  let later: readonly string[] = []
  let needles = needlesOf(secrets)
  const censor = (text: string): string =>
    needles.reduce((rest, needle) => rest.replaceAll(needle, CENSORED), text)
  const add = (more: readonly string[]): void => {
    later = [...later, ...more].slice(-REMEMBERED_LATER)
    needles = needlesOf([...secrets, ...later])
  }
  return Object.assign(censor, { add })
}

function needlesOf(secrets: readonly string[]): readonly string[] {
  const spellings = secrets
    .filter((secret) => secret.length >= CENSORED_CHARACTERS)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
  // A secret inside a longer one must not be cut out of it first, or the rest of the longer one stays.
  return [...new Set(spellings)].sort((left, right) => right.length - left.length)
}
