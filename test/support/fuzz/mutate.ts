import type { Dice } from './dice'

/** What parsers trip over. */
const TOKENS = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    ',',
    '!',
    '$',
    '@',
    '...',
    '|',
    '=',
    '&',
    '#',
    '"',
    '"""',
    '\\',
    '\\u{110000}',
  ],
  ...[
    'null',
    'true',
    '1e999',
    '-0',
    '18446744073709551616',
    '__typename',
    '__schema { types { name } }',
    '__proto__',
  ],
  ...[
    'fragment F on Task { ...F }',
    '...F',
    '@include(if: $x)',
    '@skip(if: 1)',
    'mutation',
    'subscription',
    'on',
  ],
  ...['\0', '\r', '\u2028', '\uFEFF', '\ud800', '𝒳', 'query Q { __typename }'],
]

/** The text with one to four places changed. */
export function mutateText(text: string, dice: Dice): string {
  let mutated = text
  for (let left = 1 + dice.below(4); left > 0; left--) mutated = mutateOnce(mutated, dice)
  return mutated
}

function mutateOnce(text: string, dice: Dice): string {
  const from = dice.below(text.length + 1)
  const to = Math.min(text.length, from + dice.below(12))
  const part = text.slice(from, to)
  switch (dice.below(5)) {
    case 0:
      return text.slice(0, from) + text.slice(to)
    case 1:
      return text.slice(0, from) + dice.pick(TOKENS) + text.slice(from)
    case 2:
      return text.slice(0, from) + part.repeat(1 + dice.below(50)) + text.slice(to)
    case 3:
      return text.slice(0, from)
    default:
      return text.slice(0, from) + dice.pick(TOKENS) + text.slice(to)
  }
}
