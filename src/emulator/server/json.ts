import { parse, stringify } from 'lossless-json'

/** Reads JSON; an integer that a number cannot hold exactly arrives as `bigint`. */
export function readJson(text: string): unknown {
  return parse(text, undefined, { parseNumber })
}

/** Writes JSON; a `bigint` is written as the integer it is. */
export function writeJson(value: unknown): string {
  const text = holdsBigint(value) ? stringify(value) : JSON.stringify(value)
  return text ?? 'null'
}

function parseNumber(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text)
}

function holdsBigint(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsBigint)
}
