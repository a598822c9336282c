import { parse, stringify } from 'lossless-json'

/** An integer that a double may not hold: at least 16 digits where a JSON number can begin. May be found in a string too. */
const LONG_INTEGER = /(?:^|[:,[\s])-?\d{16}/

/**
 * Parses JSON without rounding: integers outside the safe range are `bigint`, every other number is a `number`.
 * A key `__proto__` is an ordinary own property.
 * @throws SyntaxError, or RangeError for a nesting that exhausts the stack
 */
export function parseJson(text: string): unknown {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text) as unknown
  return parse(text, null, { parseNumber: exactNumber, onDuplicateKey: lastValue })
}

/** Writes JSON with `bigint` as plain digits; properties that are undefined are left out. */
export function stringifyJson(value: Readonly<Record<string, unknown>>): string {
  return stringify(value) ?? '{}'
}

function exactNumber(digits: string): number | bigint {
  const number = Number(digits)
  if (Number.isSafeInteger(number) || !/^-?\d+$/.test(digits)) return number
  return BigInt(digits)
}

/** As JSON.parse does. */
function lastValue({ newValue }: { newValue: unknown }): unknown {
  return newValue
}
