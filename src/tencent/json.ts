import { randomUUID } from 'node:crypto'
import { isRecord } from '../lib/is-record'

/** Sixteen digits. Spelled out, V8 looks at every sixteenth character; for `\d{16}` at each, ten times as long. */
const LONG_DIGITS = /\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d/

/** An integer that a double may not hold: at least 16 digits where a JSON number can begin. May be found in a string too. */
const LONG_INTEGER = /(?:^|[:,[\s])-?\d{16}/

/** Such an integer by what stands around it, which may be in a string too. */
const LIKELY = /(?<=^|[:,[\s])-?[1-9]\d{15,}(?=\s*(?:$|[,}\]]))/g

/**
 * A string, which is skipped, or such an integer outside one; before a colon it would be no JSON. A string without an
 * end is skipped too: to look for one behind each of its quotes would take the square of its length.
 */
const CERTAIN = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|(?<![\d.eE+-])-?[1-9]\d{15,}(?![\d.eE]|\s*:)/g

/** Stands before the digits of an integer while it is a string; no text can hold it but by ours. */
const MARK = randomUUID()

/**
 * Parses JSON without rounding: integers outside the safe range are `bigint`, every other number is a `number`.
 * A key `__proto__` is an ordinary own property.
 * @throws SyntaxError, or RangeError for a nesting that exhausts the stack
 */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text) || !LONG_INTEGER.test(text)) return JSON.parse(text) as unknown
  return withIntegers(parseMarked(text))
}

/** A mark in a string ends that string, and what follows is no JSON: then the strings have to be told from the rest. */
function parseMarked(text: string): unknown {
  try {
    return JSON.parse(text.replace(LIKELY, `"${MARK}$&"`))
  } catch {
    const mark = (token: string): string => (token.startsWith('"') ? token : `"${MARK}${token}"`)
    return JSON.parse(text.replace(CERTAIN, mark))
  }
}

/** Writes JSON with `bigint` as plain digits and sorted names, so that equal values have equal texts. Leaves out what is undefined. */
export function stringifyJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value ?? null)
  const names = Object.keys(value).filter((name) => value[name] !== undefined)
  return `{${names
    .sort()
    .map((name) => `${JSON.stringify(name)}:${stringifyJson(value[name])}`)
    .join(',')}}`
}

/** Puts the integers in the place of their marked digits. */
function withIntegers(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? exactNumber(value.slice(MARK.length)) : value
  if (Array.isArray(value)) return value.map(withIntegers)
  if (!isRecord(value)) return value
  for (const key of Object.keys(value)) {
    const whole = withIntegers(value[key])
    if (whole !== value[key]) Reflect.set(value, key, whole)
  }
  return value
}

function exactNumber(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}
