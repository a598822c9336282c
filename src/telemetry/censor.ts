const CENSORED = '[secret]'
/** Shorter ones stand in ordinary words and numbers too, and taking them out would spoil the line. */
const CENSORED_CHARACTERS = 6

export type Censor = (text: string) => string

/** Takes secrets out of a text; a line of JSON stays JSON. */
export function createCensor(secrets: readonly string[]): Censor {
  const needles = secrets
    .filter((secret) => secret.length >= CENSORED_CHARACTERS)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    // A secret inside a longer one must not be cut out of it first, or the rest of the longer one stays.
    .sort((left, right) => right.length - left.length)
  return (text) => needles.reduce((rest, needle) => rest.replaceAll(needle, CENSORED), text)
}
